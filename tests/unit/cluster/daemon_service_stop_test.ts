import assert from "node:assert/strict";
import { stopDaemon } from "../../../lib/cluster/daemon_service.ts";
import { ConflictError } from "../../../lib/errors.ts";
import { failure, placeWith } from "../config/_home.ts";

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
            await Deno.writeTextFile(home.daemonLock, JSON.stringify({ pid: Deno.pid, sinceMs: 0 }));
          }
        },
      },
    },
  });
  assert.deepEqual([stopped, killed], [true, [`SIGCONT ${Deno.pid}`, `SIGTERM ${Deno.pid}`]]);
});

Deno.test("stopDaemon() says that there was none", async () => {
  await using place = await placeWith(null);
  assert.equal(await stopDaemon(place), false);
});

Deno.test("stopDaemon() signals no process but the one that has the lock open, whatever the lock's text says", async () => {
  await using stranger = processOf("sleep", "600");
  const texts = [stranger.pid, 1, -1, -stranger.pid, 0, 1.5, String(stranger.pid), null].map((pid) =>
    JSON.stringify({ pid, sinceMs: 0 })
  );
  for (const text of [...texts, JSON.stringify({ pid: Deno.pid, sinceMs: 1e300 }), "", "{", "null"]) {
    await using place = await placeWith(null);
    const { runtime, home } = place;
    const lock = (await runtime.files.tryLock(home.daemonLock, text))!;
    let nowMs = 0;
    const clock = {
      ...runtime.clock,
      monotonicMs: () => nowMs,
      sleep: (ms: number) => Promise.resolve(void (nowMs += 100 * ms)),
    };
    const kill = () => assert.fail(`it signals a process by ${text}`);
    const error = await failure(stopDaemon({ home, runtime: { ...runtime, clock, kill } }));
    assert.ok(error instanceof ConflictError, String(error));
    assert.ok(error.hint.includes(`\`lsof ${home.daemonLock}\``), error.hint);
    lock.release();
  }
});

function processOf(program: string, ...args: string[]) {
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
