import assert from "node:assert/strict";
import type { LeaseInfo, SchedulerReport } from "../../lib/model/mod.ts";
import { unwatched } from "../../lib/status/unwatched.ts";
import { daskWorker, report } from "../fakes/builders.ts";

const LAPSED: LeaseInfo = { holder: null, expiresAt: null, workersEndInS: 839.2, schedulerEndsInS: null };

const found = (lease: LeaseInfo | null, failure: string | null = null, pid: number | null = null) =>
  reported(lease && report({ lease, workers: [daskWorker("worker-0")] }), failure, pid);

const reported = (report: SchedulerReport | null, failure: string | null = null, pid: number | null = null) =>
  Object.entries(unwatched({ pid, daemonId: "here:/home", report, failure }))
    .map(([part, { message, hint }]) => [part, message, hint]);

const MISSING = "The daemon is not running: nothing is launched";
const START = "Start it with `xcore daemon start`.";

Deno.test("unwatched() counts the seconds until the workers end, and the scheduler", () => {
  assert.deepEqual(found(LAPSED), [["daemon", `${MISSING}, idle workers end in 840 s`, START]]);
  const alone = { ...LAPSED, workersEndInS: 0, schedulerEndsInS: 42_300.5 };
  assert.deepEqual(found(alone), [[
    "daemon",
    `${MISSING}, idle workers end now, the scheduler ends in 11 h`,
    START,
  ]]);
});

Deno.test("unwatched() says nothing of idle workers where there are none", () => {
  assert.deepEqual(reported(report({ lease: LAPSED })), [["daemon", MISSING, START]]);
});

Deno.test("unwatched() says no more than it knows when the scheduler is deaf, or the last lease still lives", () => {
  assert.deepEqual(found(null), [["daemon", MISSING, START]]);
  const own = { ...LAPSED, holder: "here:/home", workersEndInS: null };
  assert.deepEqual(found(own), [["daemon", MISSING, START]]);
});

Deno.test("unwatched() names another daemon that looks after the cluster", () => {
  const [[part, message, hint] = []] = found({ ...LAPSED, holder: "there:/home", workersEndInS: null });
  assert.equal(part, "lease");
  assert.equal(message, "The daemon does not run here: there:/home looks after the cluster");
  assert.match(hint!, /`xcore daemon stop`/);
});

Deno.test("unwatched() says why the daemon was given up before anything else", () => {
  const [[part, message, hint] = []] = found(
    { ...LAPSED, holder: "there:/home" },
    "it was killed five times",
  );
  assert.deepEqual([part, message], ["daemon", "The daemon is not running: it was killed five times"]);
  assert.match(hint!, /xcore daemon log/);
});

Deno.test("unwatched() tells a daemon that hangs from one that does not run", () => {
  const [[part, message, hint] = []] = found(LAPSED, null, 123);
  assert.equal(part, "daemon");
  assert.equal(
    message,
    "The daemon (process 123) does not answer: nothing is launched, idle workers end in 840 s",
  );
  assert.match(hint!, /`xcore daemon stop`, then `xcore daemon start`/);
  assert.match(found(null, null, 0)[0]![1]!, /^The daemon does not answer: nothing is launched$/);
});
