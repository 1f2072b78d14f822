import assert from "node:assert/strict";
import type { CostSoFar } from "../../../lib/model/mod.ts";
import type { Budget, MoneyLimits } from "../../../lib/plan/money_limits.ts";
import { priceProblems } from "../../../lib/status/price_problems.ts";
import { daskWorker, instance, pool, report, tasks } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { remembered, remembering } from "./_input.ts";

/** A `small` worker costs a dollar an hour, the scheduler half of one. */
const limit = (maxHourlyUsd: number | null, over: Partial<MoneyLimits> = {}): MoneyLimits => ({
  maxHourlyUsd,
  budget: null,
  stoppingCosts: true,
  schedulerUsd: 0.5,
  workerUsd: (_pool, { type }) => type === "small" ? 1 : null,
  ...over,
});

const none = remembering();
const found = (over: Partial<Parameters<typeof priceProblems>[0]>) =>
  priceProblems({
    ...{ pools: [pool()], report: tasks(1), memory: none, moneyLimits: limit(9) },
    ...{ schedulerType: "t2.small", spent: null },
    ...over,
  });
const codes = (over: Parameters<typeof found>[0]) => found(over).map(({ code }) => code);

Deno.test("priceProblems() finds none without a limit, or where all is known and fits", () => {
  assert.deepEqual(codes({ moneyLimits: null, pools: [pool({ type: "strange" })] }), []);
  assert.deepEqual(codes({}), []);
});

Deno.test("priceProblems() names each type whose price is not known, and what to type", () => {
  const strange = found({ pools: [pool(), pool({ name: "gpu", type: "g4dn.xlarge" })] });
  assert.deepEqual(strange.map(({ code }) => code), ["price_unknown"]);
  assertWording("problems", "a price is not known", `${strange[0]!.message}\n${strange[0]!.hint}`);
  const scheduler = found({ moneyLimits: limit(9, { schedulerUsd: null }) });
  assertWording(
    "problems",
    "the scheduler's price is not known",
    `${scheduler[0]!.message}\n${scheduler[0]!.hint}`,
  );
  const old = { instance: instance("worker-0", { type: "large" }) };
  assert.deepEqual(codes({ memory: remembering(remembered("worker-0", 5, old)) }), ["price_unknown"]);
});

Deno.test("priceProblems() says that the limit leaves no room for a worker that tasks wait for", () => {
  const low = found({ moneyLimits: limit(1.2) });
  assert.deepEqual(low.map(({ code }) => code), ["hourly_limit_low"]);
  assertWording("problems", "max_hourly_usd is too low", `${low[0]!.message}\n${low[0]!.hint}`);
  assert.deepEqual(codes({ moneyLimits: limit(1.2), report: tasks(0) }), []);
  const served = remembering(remembered("worker-0", 5));
  assert.deepEqual(
    codes({ moneyLimits: limit(1.6), memory: served }),
    [],
    "one is there, no second one fits",
  );
});

// ---- budgets

const spentOf = (clusterUsd: number, over: Partial<CostSoFar> = {}): CostSoFar => ({
  ...{ clusterUsd, todayUsd: clusterUsd, day: "2026-01-01", unpriced: [] },
  ...over,
});
const under = (onBudget: Budget["onBudget"] = "drain", over: Partial<Budget> = {}) =>
  limit(null, { budget: { clusterUsd: 10, perDayUsd: null, onBudget, ...over } });
const told = (over: Parameters<typeof found>[0]) =>
  found({ moneyLimits: under(), ...over }).map(({ code, message, hint }) => ({
    code,
    text: `${message}\n${hint}`,
  }));

Deno.test("priceProblems() warns when 80 % of a budget are spent", () => {
  assert.deepEqual(told({ spent: spentOf(7.99) }), []);
  const [low] = told({ spent: spentOf(8) });
  assert.equal(low?.code, "budget_low");
  assertWording("problems", "a budget is low", low!.text);
  const perDay = under("drain", { clusterUsd: null, perDayUsd: 5 });
  assert.deepEqual(told({ moneyLimits: perDay, spent: spentOf(90, { todayUsd: 3 }) }), []);
  const [today] = told({ moneyLimits: perDay, spent: spentOf(90, { todayUsd: 4.5 }) });
  assertWording("problems", "a day's budget is low", today!.text);
});

Deno.test("priceProblems() says that a budget is used up, and what ends when", () => {
  const memory = remembering(remembered("worker-0", 5, { joinedMs: 0 }));
  const runs = report({ workers: [daskWorker("worker-0", { processing: 4, executing: 3 })] });
  const ends = told({ memory, report: runs, spent: spentOf(10.12) });
  assert.deepEqual(ends.map(({ code }) => code), ["budget_reached"]);
  assertWording("problems", "a budget is used up while tasks run", ends[0]!.text);
  const stops = told({ moneyLimits: under("stop"), memory, report: runs, spent: spentOf(10.12) });
  assertWording("problems", "a budget is used up and workers end", stops[0]!.text);
  assertWording("problems", "a budget is used up", told({ spent: spentOf(10) })[0]!.text);
  assertWording(
    "problems",
    "a budget is used up and the cluster is shut down",
    told({ moneyLimits: under("shutdown"), spent: spentOf(10) })[0]!.text,
  );
  const kept = { ...none, reachedBudget: { setting: "budget_usd", usd: 10, day: null } as const };
  assert.deepEqual(told({ memory: kept, spent: spentOf(9.9) }).map(({ code }) => code), ["budget_reached"]);
});

Deno.test("priceProblems() says that a budget leaves no room for a worker that tasks wait for", () => {
  const [low, ...others] = told({ spent: spentOf(9.98) });
  assert.equal(low?.code, "budget_low");
  assert.deepEqual(others.map(({ code }) => code), ["budget_reached"]);
  assertWording("problems", "a budget leaves no room for a worker", others[0]!.text);
});

Deno.test("priceProblems() says nothing of what a budget leaves while the sum of costs is not known", () => {
  assert.deepEqual(told({ spent: null }), []);
  const [hourly] = told({ moneyLimits: { ...under(), maxHourlyUsd: 1.2 }, spent: null });
  assert.equal(hourly?.code, "hourly_limit_low");
  const reached = { setting: "budget_per_day_usd", usd: 5, day: "2026-01-01" } as const;
  const perDay = under("drain", { clusterUsd: null, perDayUsd: 5 });
  const [still] = told({ moneyLimits: perDay, memory: { ...none, reachedBudget: reached }, spent: null });
  assert.match(
    still!.text,
    /^budget_per_day_usd of \$5\.00 is used up for 2026-01-01: nothing is launched\n/,
  );
});

Deno.test("priceProblems() names the types of earlier workers whose price is not known", () => {
  const [unknown] = told({ spent: spentOf(1, { unpriced: ["strange"] }) });
  assert.equal(unknown?.code, "price_unknown");
  assertWording("problems", "a price is not known under a budget", unknown!.text);
  assert.deepEqual(codes({ moneyLimits: limit(9), spent: spentOf(1, { unpriced: ["strange"] }) }), []);
});
