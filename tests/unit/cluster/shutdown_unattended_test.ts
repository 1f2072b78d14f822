import assert from "node:assert/strict";
import { shutdown } from "../../../lib/cluster/shutdown.ts";
import { ConflictError } from "../../../lib/errors.ts";
import { readShutdownNote } from "../../../lib/status/shutdown_note.ts";
import { failure, placeWith } from "../config/_home.ts";

const CONFIG = "provider: local\ncluster_id: xcore-01234567\n";
const REASON = "idle for 2 h";

const ask = () => assert.fail("no person is there");

/** A home whose job.env cannot be removed the first times, on a clock that need not be waited for. */
async function place({ failures = 0, settings = "" } = {}) {
  const place = await placeWith(CONFIG + settings);
  const waits: number[] = [];
  let left = failures;
  const { files, clock } = place.runtime;
  const runtime = {
    ...place.runtime,
    clock: {
      ...clock,
      // What waits for a process waits in earnest.
      sleep: (ms: number, signal?: AbortSignal) =>
        signal ? clock.sleep(ms, signal) : Promise.resolve(void (ms > 5000 && waits.push(ms / 1000))),
    },
    files: {
      ...files,
      remove: (path: string) =>
        path === place.home.jobEnv && left-- > 0 ? Promise.reject(new Error("busy")) : files.remove(path),
    },
  };
  const { home } = place;
  const run = (options = {}) =>
    shutdown({ runtime, home }, ask, () => {}, { unattended: REASON, ...options });
  const note = () => readShutdownNote(runtime, home);
  return { ...{ runtime, home, waits, run, note }, [Symbol.asyncDispose]: place[Symbol.asyncDispose] };
}

Deno.test("an unattended shutdown notes who asked for it, why, and that it ended", async () => {
  await using at = await place();
  assert.equal(await at.run({ onlyIfIdle: true }), true);
  const { by, reason, endedAtMs, error } = (await at.note())!;
  assert.deepEqual([by, reason, error], ["daemon", REASON, null]);
  assert.ok(endedAtMs !== null);
});

Deno.test("an unattended shutdown tries again what fails, and tells why it gives up", async () => {
  await using at = await place({ failures: 2 });
  await at.run();
  assert.deepEqual(at.waits, [15, 30]);
  assert.equal((await at.note())!.error, null);
  await using never = await place({ failures: Infinity });
  assert.match((await failure(never.run())).message, /busy/);
  const { endedAtMs, error } = (await never.note())!;
  assert.equal(endedAtMs, null);
  assert.match(error!, /busy/);
});

Deno.test("an unattended shutdown changes nothing while another command changes the cluster", async () => {
  await using at = await place();
  const lock = await at.runtime.files.lock(at.home.verbLock, "start");
  try {
    assert.ok(await failure(at.run()) instanceof ConflictError);
    assert.equal(await at.note(), null);
  } finally {
    lock.release();
  }
});

Deno.test("an unattended shutdown tells the notify command that it ended, or that it did not", async () => {
  for (const failures of [0, Infinity]) {
    await using at = await place({ failures, settings: 'notify: cat >"$XCORE_HOME/told"\n' });
    await at.run().catch(() => {});
    const { event, cluster, message } = JSON.parse(await Deno.readTextFile(`${at.home.root}/told`));
    assert.deepEqual([event, cluster.id], ["shut_down", "xcore-01234567"]);
    assert.ok(message.includes(REASON));
    assert.equal(/busy/.test(message), failures > 0);
  }
});

Deno.test("a shutdown of what is shut down leaves the note of who did it", async () => {
  await using at = await place();
  await at.run();
  const before = await at.note();
  await shutdown({ runtime: at.runtime, home: at.home }, ask, () => {});
  assert.deepEqual(await at.note(), before);
});

Deno.test("readShutdownNote() of what is no note is null", async () => {
  await using at = await place();
  for (const text of ["", "{}", "[]", "null", '{"beganAtMs": 1e300}', "not JSON"]) {
    await Deno.writeTextFile(at.home.shutdownNote, text);
    assert.equal(await at.note(), null, text);
  }
});
