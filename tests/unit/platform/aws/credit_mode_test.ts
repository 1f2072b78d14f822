import assert from "node:assert/strict";
import { schedulerCredits, surchargeUsd, workerCredits } from "../../../../lib/platform/aws/credit_mode.ts";
import { limits } from "../../../../lib/platform/aws/limits.ts";

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

Deno.test("surchargeUsd() is for the vCPUs beyond the baseline, in unlimited mode alone", () => {
  const usd = (type: string) => Number(surchargeUsd(type, "unlimited").toFixed(4));
  assert.deepEqual(["t3.small", "t3a.medium", "t4g.small", "t3.2xlarge", "t2.small"].map(usd), [
    ...[0.08, 0.08, 0.064, 0.24, 0.04],
  ]);
  assert.equal(surchargeUsd("t2.small", "standard"), 0);
  assert.equal(surchargeUsd("c5.large", null), 0);
});

Deno.test("surchargeUsd() of a burstable type that is not known is no less than that of any other", () => {
  assert.ok(surchargeUsd("t5.4xlarge", "unlimited") >= surchargeUsd("t2.2xlarge", "unlimited"));
});

Deno.test("the prices of AWS have a surcharge for each burstable type that runs in unlimited mode", () => {
  const { surchargeUsd: usd } = limits.extraPrices;
  assert.equal(usd("t2.small", "worker"), 0);
  assert.ok(usd("t2.small", "scheduler") > 0);
  assert.ok(usd("t3.small", "worker") > 0);
  assert.equal(usd("c5.large", "worker"), 0);
});
