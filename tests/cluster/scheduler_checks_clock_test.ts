import assert from "node:assert/strict";
import { clockCheck } from "../../lib/cluster/scheduler_checks.ts";

const S = 1000;
const HOUR = 3600 * S;

Deno.test("clockCheck() takes a clock that certificates cannot bridge for broken, and one that is only wrong for a warning", () => {
  const outcomes = ([
    [null, "passed", "the scheduler's is this machine's"],
    [2 * S, "passed", "this machine's is as the cloud's"],
    [-29 * S, "passed", "this machine's is as the cloud's"],
    [90 * S, "warning", "this machine's is 90 seconds behind the cloud's"],
    [-600 * S, "warning", "this machine's is 10 minutes ahead of the cloud's"],
    [-23 * HOUR, "warning", "this machine's is 23 hours ahead of the cloud's"],
    [-24 * HOUR, "failed", "this machine's is 24 hours ahead of the cloud's"],
    [30 * HOUR, "warning", "this machine's is 30 hours behind the cloud's"],
    [366 * 24 * HOUR, "failed", "this machine's is 8784 hours behind the cloud's"],
  ] as const).map(([aheadMs, ...expected]) => [clockCheck(aheadMs), expected] as const);
  for (const [{ outcome, message, fix }, expected] of outcomes) {
    assert.deepEqual([outcome, message], expected);
    assert.equal(fix === null, outcome === "passed");
    if (fix !== null) assert.match(fix, /timedatectl set-ntp true.*24 hours before/);
  }
});
