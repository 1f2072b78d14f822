import assert from "node:assert/strict";
import type { LeaseInfo, SchedulerReport } from "../../../lib/model/mod.ts";
import { unwatched } from "../../../lib/status/problems_of.ts";
import { daskWorker, report } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";

const EXPIRED: LeaseInfo = {
  ...{ holder: null, expiresAt: null, workersEndInS: 839.2 },
  ...{ budgetEndsInS: null, schedulerEndsInS: null },
};

const found = (lease: LeaseInfo | null, failure: string | null = null, pid: number | null = null) =>
  reported(lease && report({ lease, workers: [daskWorker("worker-0")] }), failure, pid);

const reported = (report: SchedulerReport | null, failure: string | null = null, pid: number | null = null) =>
  Object.entries(unwatched({ pid, daemonId: "here:/home", report, failure }))
    .map(([code, { message, hint }]) => [code, message, hint]);

/** The only failure: its code; its wording is kept with the others. */
function codeOf(what: string, failures: string[][]): string {
  assert.equal(failures.length, 1);
  const [code, message, hint] = failures[0] as [string, string, string];
  assertWording("problems", what, `${message}\n${hint}`);
  return code;
}

Deno.test("unwatched() counts the seconds until the workers end, and the scheduler", () => {
  assert.equal(codeOf("no daemon: idle workers will end", found(EXPIRED)), "daemon_not_running");
  const alone = { ...EXPIRED, workersEndInS: 0, schedulerEndsInS: 42_300.5 };
  assert.equal(codeOf("no daemon: workers and scheduler will end", found(alone)), "daemon_not_running");
});

Deno.test("unwatched() says nothing of idle workers where there are none", () => {
  assert.equal(codeOf("no daemon", reported(report({ lease: EXPIRED }))), "daemon_not_running");
});

Deno.test("unwatched() says only what it knows when the scheduler is unreachable, or the last lease has not expired", () => {
  assert.equal(codeOf("no daemon", found(null)), "daemon_not_running");
  const own = { ...EXPIRED, holder: "here:/home", workersEndInS: null };
  assert.equal(codeOf("no daemon", found(own)), "daemon_not_running");
});

Deno.test("unwatched() names another daemon that holds the lease", () => {
  const other = found({ ...EXPIRED, holder: "there:/home", workersEndInS: null });
  assert.equal(codeOf("another daemon holds the lease", other), "lease_held");
});

Deno.test("unwatched() reports first why the service manager gave the daemon up", () => {
  const given = found({ ...EXPIRED, holder: "there:/home" }, "it was killed five times");
  assert.equal(codeOf("the service manager gave up", given), "daemon_not_running");
});

Deno.test("unwatched() tells a daemon that hangs from one that does not run", () => {
  assert.equal(codeOf("the daemon hangs", found(EXPIRED, null, 123)), "daemon_unreachable");
  assert.equal(codeOf("the daemon hangs, and its id is unknown", found(null, null, 0)), "daemon_unreachable");
});
