import assert from "node:assert/strict";
import type { HourlyLimit } from "../../../lib/plan/hourly_limit.ts";
import { priceProblems } from "../../../lib/status/price_problems.ts";
import { instance, pool, tasks } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { remembered, remembering } from "./_input.ts";

/** A `small` worker costs a dollar an hour, the scheduler half of one. */
const limit = (maxUsd: number, over: Partial<HourlyLimit> = {}): HourlyLimit => ({
  maxUsd,
  schedulerUsd: 0.5,
  workerUsd: (_pool, { type }) => type === "small" ? 1 : null,
  ...over,
});

const none = remembering();
const found = (over: Partial<Parameters<typeof priceProblems>[0]>) =>
  priceProblems({
    ...{ pools: [pool()], report: tasks(1), memory: none, hourlyLimit: limit(9), schedulerType: "t2.small" },
    ...over,
  });
const codes = (over: Parameters<typeof found>[0]) => found(over).map(({ code }) => code);

Deno.test("priceProblems() finds none without a limit, or where all is known and fits", () => {
  assert.deepEqual(codes({ hourlyLimit: null, pools: [pool({ type: "strange" })] }), []);
  assert.deepEqual(codes({}), []);
});

Deno.test("priceProblems() names each type whose price is not known, and what to type", () => {
  const strange = found({ pools: [pool(), pool({ name: "gpu", type: "g4dn.xlarge" })] });
  assert.deepEqual(strange.map(({ code }) => code), ["price_unknown"]);
  assertWording("problems", "a price is not known", `${strange[0]!.message}\n${strange[0]!.hint}`);
  const scheduler = found({ hourlyLimit: limit(9, { schedulerUsd: null }) });
  assertWording(
    "problems",
    "the scheduler's price is not known",
    `${scheduler[0]!.message}\n${scheduler[0]!.hint}`,
  );
  const old = { instance: instance("worker-0", { type: "large" }) };
  assert.deepEqual(codes({ memory: remembering(remembered("worker-0", 5, old)) }), ["price_unknown"]);
});

Deno.test("priceProblems() says that the limit leaves no room for a worker that tasks wait for", () => {
  const low = found({ hourlyLimit: limit(1.2) });
  assert.deepEqual(low.map(({ code }) => code), ["hourly_limit_low"]);
  assertWording("problems", "max_hourly_usd is too low", `${low[0]!.message}\n${low[0]!.hint}`);
  assert.deepEqual(codes({ hourlyLimit: limit(1.2), report: tasks(0) }), []);
  const served = remembering(remembered("worker-0", 5));
  assert.deepEqual(
    codes({ hourlyLimit: limit(1.6), memory: served }),
    [],
    "one is there, no second one fits",
  );
});
