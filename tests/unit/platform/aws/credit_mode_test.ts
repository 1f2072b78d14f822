import assert from "node:assert/strict";
import { schedulerCredits, surchargeOf, workerCredits } from "../../../../lib/platform/aws/credit_mode.ts";
import { assertWording } from "../../../support/wording.ts";

Deno.test("credit modes are of burstable types alone, and of a T2 worker standard", () => {
  const types = ["t2.small", "t3.small", "t3a.large", "t4g.micro", "c5.large", "trn1.2xlarge", "t1.micro"];
  assert.deepEqual(types.map(workerCredits), [
    "standard",
    "unlimited",
    "unlimited",
    "unlimited",
    null,
    null,
    null,
  ]);
  assert.deepEqual(types.slice(0, 5).map(schedulerCredits), [...Array(4).fill("unlimited"), null]);
});

Deno.test("surchargeOf() names the workers' types that may cost more than their price", () => {
  assert.equal(surchargeOf(["t2.small", "c5.large"]), "");
  assertWording("aws", "surcharge", surchargeOf(["t3.small", "c5.large", "t4g.small"]));
});
