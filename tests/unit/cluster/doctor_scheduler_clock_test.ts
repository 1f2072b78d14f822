import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { clockCheck } from "../../../lib/cluster/doctor.ts";

const S = 1000;
const HOUR = 3600 * S;

Deno.test("clockCheck() takes a clock that certificates cannot bridge for broken, and one that is only wrong for a warning", () => {
  const cases: readonly (readonly [aheadMs: number | null, outcome: string])[] = [
    [null, "passed"],
    [2 * S, "passed"],
    [-29 * S, "passed"],
    [90 * S, "warning"],
    [-600 * S, "warning"],
    [-23 * HOUR, "warning"],
    [-24 * HOUR, "failed"],
    [30 * HOUR, "warning"],
    [366 * 24 * HOUR, "failed"],
  ];
  for (const [aheadMs, expected] of cases) {
    const { outcome, message, fix } = clockCheck(aheadMs);
    assert.equal(outcome, expected, String(aheadMs));
    assertWording("doctor", `clock ahead by ${aheadMs} ms`, message);
    assert.equal(fix === null, outcome === "passed");
    if (fix !== null) assert.match(fix, /timedatectl set-ntp true.*24 hours before/);
  }
});
