import assert from "node:assert/strict";
import { runDaemon } from "../../../lib/daemon/run_daemon.ts";
import { daemonPresence, takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { ConfigError, ConflictError, NotRunningError } from "../../../lib/errors.ts";
import type { FileLock, Runtime } from "../../../lib/runtime.ts";
import { failure, placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";

const run = async (
  text: string | null,
  before: (place: Awaited<ReturnType<typeof placeWith>>) => unknown,
) => {
  await using place = await placeWith(text);
  await before(place);
  const clock = { ...place.runtime.clock, sleep: () => Promise.resolve() };
  const runtime: Runtime = { ...place.runtime, clock };
  const lines: string[] = [];
  const error = await failure(runDaemon({ runtime, home: place.home, echo: (line) => lines.push(line) }));
  return { error, lines, presence: await daemonPresence(runtime, place.home), home: place.home };
};

Deno.test("a daemon without a cluster says so, in its log too, and releases its lock", async () => {
  const { error, lines, presence } = await run(LOCAL, () => {});
  assert.ok(error instanceof NotRunningError);
  assert.match(error.hint, /xcore start/);
  assert.match(lines.join("\n"), /WARN ended: .*no cluster is running/);
  assert.equal(presence, null);
});

Deno.test("a second daemon does not disturb the first one", async () => {
  const first: FileLock[] = [];
  const { error, presence, lines } = await run(LOCAL, async ({ runtime, home }) => {
    first.push((await takeDaemonLock(runtime, home))!);
  });
  first[0]!.release();
  assert.ok(error instanceof ConflictError, String(error));
  assert.equal(presence?.pid, Deno.pid);
  assert.deepEqual(lines, [], "the log is the first one's");
});

Deno.test("a daemon whose home is removed ends, and makes no folder in its place", async () => {
  const place = await placeWith(LOCAL);
  const { runtime, home } = place;
  await runtime.files.mkdir(home.run);
  const spec = { attempt: "a1", port: 1, http_port: 2 };
  await Deno.writeTextFile(`${home.run}/scheduler-spec.json`, JSON.stringify(spec));
  const lines: string[] = [];
  await runDaemon({
    runtime,
    home,
    echo(line) {
      lines.push(line);
      if (line.includes(" watching ")) Deno.removeSync(home.dir, { recursive: true });
    },
  });
  assert.ok(lines.some((line) => / WARN stopping: .* is gone/.test(line)), lines.join("\n"));
  await assert.rejects(Deno.stat(home.dir), Deno.errors.NotFound);
});

Deno.test("a daemon does not start under a config that is broken or not there", async () => {
  assert.ok((await run("provider: mars", () => {})).error instanceof ConfigError);
  assert.ok((await run(null, () => {})).error instanceof NotRunningError);
});
