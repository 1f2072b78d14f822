import assert from "node:assert/strict";
import { stopDaemon } from "../../../lib/cluster/daemon_service.ts";
import { placeWith } from "../config/_home.ts";

Deno.test("stopDaemon() ends a daemon that has its place before it answers or has said who it is", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const lock = (await runtime.files.tryLock(home.daemonLock))!;
  const killed: string[] = [];
  let looks = 0;
  const stopped = await stopDaemon({
    home,
    runtime: {
      ...runtime,
      kill(pid, signal) {
        killed.push(`${signal} ${pid}`);
        if (signal === "SIGTERM") lock.release();
        return true;
      },
      clock: {
        ...runtime.clock,
        async sleep() {
          assert.ok(++looks < 20, "it is never told to end");
          if (looks === 2) {
            await Deno.writeTextFile(home.daemonLock, JSON.stringify({ pid: 4711, sinceMs: 0 }));
          }
        },
      },
    },
  });
  assert.deepEqual([stopped, killed], [true, ["SIGCONT 4711", "SIGTERM 4711"]]);
});

Deno.test("stopDaemon() says that there was none", async () => {
  await using place = await placeWith(null);
  assert.equal(await stopDaemon(place), false);
});
