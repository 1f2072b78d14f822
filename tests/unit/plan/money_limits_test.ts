import assert from "node:assert/strict";
import type { CostSoFar } from "../../../lib/model/mod.ts";
import { type Budget, budgetTerms, type MoneyLimits } from "../../../lib/plan/money_limits.ts";
import { rememberTerminated } from "../../../lib/plan/memory.ts";
import { workersOf } from "../../../lib/plan/worker.ts";
import { attempt, daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };

/** A `small` worker costs a dollar an hour, half of it on spot, a `large` one two; the scheduler half a dollar. */
const limit = (maxHourlyUsd: number | null, over: Partial<MoneyLimits> = {}): MoneyLimits => ({
  maxHourlyUsd,
  budget: null,
  stoppingCosts: true,
  schedulerUsd: 0.5,
  workerUsd: (_pool, { type, market }) =>
    ({ small: 1, large: 2 })[type] === undefined
      ? null
      : (type === "large" ? 2 : 1) * (market === "spot" ? 0.5 : 1),
  ...over,
});

const under = (maxUsd: number, over: Partial<MoneyLimits> = {}, pools = [pool({ maxWorkers: 9 })]) =>
  new Run(rules({ pools, moneyLimits: limit(maxUsd, over) }));

Deno.test("no more is launched than the limit pays for, the scheduler counted", () => {
  assert.deepEqual(short(under(3.5).at(0, { scheduler: tasks(9) })), ["launch worker-0, worker-1, worker-2"]);
  assert.deepEqual(short(under(3.4).at(0, { scheduler: tasks(9) })), ["launch worker-0, worker-1"]);
  assert.deepEqual(under(1.4).at(0, { scheduler: tasks(9) }), []);
  const cents = under(0.3, { schedulerUsd: 0, workerUsd: () => 0.1 });
  assert.deepEqual(short(cents.at(0, { scheduler: tasks(9) })), ["launch worker-0, worker-1, worker-2"]);
});

Deno.test("what is stopping, of another pool or in flight counts", () => {
  const pools = [pool({ maxWorkers: 9 }), pool({ name: "gpu", type: "large", resources: { GPU: 1 } })];
  const actions = under(6.5, {}, pools).at(0, {
    scheduler: tasks(9),
    listing: {
      instances: [
        instance("worker-0", { state: "stopping" }),
        instance("worker-1", { pool: "gpu", type: "large" }),
      ],
      complete: true,
    },
    openAttempts: [attempt(["worker-2", "worker-3"], { type: "small" })],
  });
  assert.deepEqual(short(actions), ["replay worker-2, worker-3", "launch worker-4"]);
});

Deno.test("what is stopping counts for nothing where that costs nothing", () => {
  const listing = { instances: [instance("worker-0", { state: "stopping" })], complete: true };
  const run = under(2.5, { stoppingCosts: false });
  assert.deepEqual(short(run.at(0, { scheduler: tasks(9), listing })), ["launch worker-1, worker-2"]);
});

Deno.test("two pools share the limit, the first one first", () => {
  const pools = [
    pool({ maxWorkers: 2 }),
    pool({ name: "gpu", type: "large", resources: { GPU: 1 }, maxWorkers: 3 }),
  ];
  const both = report({ runnable: [{ resources: {}, count: 9 }, { resources: { GPU: 1 }, count: 9 }] });
  assert.deepEqual(short(under(5.5, {}, pools).at(0, { scheduler: both })), [
    "launch worker-0, worker-1",
    "launch worker-2",
  ]);
});

Deno.test("the cheaper offering is taken where the dearer does not fit", () => {
  const both = [pool({ type: "large", fallbackTypes: ["small"], maxWorkers: 9 })];
  const [dear] = under(9, {}, both).at(0, { scheduler: tasks(1) });
  const [cheap] = under(2, {}, both).at(0, { scheduler: tasks(1) });
  assert.deepEqual([dear, cheap].map((action) => action?.kind === "launch" && action.spec.type), [
    "large",
    "small",
  ]);
});

Deno.test("with a price unknown nothing is launched under a limit, and no call is made again", () => {
  const strange = [pool({ type: "strange", maxWorkers: 9 })];
  assert.deepEqual(under(100, {}, strange).at(0, { scheduler: tasks(9) }), []);
  assert.deepEqual(under(100, { schedulerUsd: null }).at(0, { scheduler: tasks(9) }), []);
  const known = { listing: { instances: [instance("worker-0", { type: "strange" })], complete: true } };
  assert.deepEqual(under(100).at(0, { scheduler: tasks(9), ...known }), []);
  const open = { openAttempts: [attempt(["worker-0"], { type: "strange" })] };
  assert.deepEqual(under(100, {}, strange).at(0, { scheduler: tasks(9), ...open }), []);
});

Deno.test("a call is made again only if what it asks for fits", () => {
  const open = { openAttempts: [attempt(["worker-0", "worker-1"], { type: "small" })] };
  assert.deepEqual(short(under(2.5).at(0, { scheduler: tasks(9), ...open })), ["replay worker-0, worker-1"]);
  assert.deepEqual(under(2.4).at(0, { scheduler: tasks(9), ...open }), []);
});

Deno.test("beyond a limit that was lowered, those with the fewest tasks finish them and leave; raised, they stay", () => {
  const workers = [
    daskWorker("worker-0", { processing: 3, executing: 1 }),
    daskWorker("worker-1", { ...busy }),
    daskWorker("worker-2", { processing: 2, executing: 1 }),
  ];
  const run = under(1.6);
  assert.deepEqual(short(run.with(0, workers)), ["drain worker-1, worker-2"]);
  const drained = workers.map((worker) =>
    worker.name === "worker-0" ? worker : { ...worker, status: "closing_gracefully", drained: true }
  );
  assert.deepEqual(run.with(1, drained), []);
  run.rules_ = rules({ pools: [pool({ maxWorkers: 9 })], moneyLimits: limit(2.5) });
  assert.deepEqual(short(run.with(2, drained)), ["undrain worker-1"]);
});

// ---- budgets

const spentOf = (clusterUsd: number, over: Partial<CostSoFar> = {}): CostSoFar => ({
  ...{ clusterUsd, todayUsd: clusterUsd, day: "2026-01-01", unpriced: [] },
  ...over,
});
const budget = (over: Partial<Budget> = {}) =>
  new Run(rules({
    pools: [pool({ maxWorkers: 9 })],
    moneyLimits: limit(null, { budget: { clusterUsd: 10, perDayUsd: null, onBudget: "drain", ...over } }),
  }));
/** A worker's minute, with the scheduler's beside it. */
const MINUTE_USD = 1 / 60;
const SCHEDULERS_MINUTE_USD = 0.5 / 60;

Deno.test("no launch is made whose first minute would exceed a budget", () => {
  const left = (usd: number) => ({ scheduler: tasks(9), spent: spentOf(10 - usd) });
  const three = SCHEDULERS_MINUTE_USD + 3 * MINUTE_USD;
  assert.deepEqual(short(budget().at(0, left(three))), ["launch worker-0, worker-1, worker-2"]);
  assert.deepEqual(short(budget().at(0, left(three - 0.001))), ["launch worker-0, worker-1"]);
  assert.deepEqual(budget().at(0, left(SCHEDULERS_MINUTE_USD + 0.9 * MINUTE_USD)), []);
});

Deno.test("what is there and what is in flight counts with the minute that it takes to end", () => {
  const usd = SCHEDULERS_MINUTE_USD + 4 * MINUTE_USD;
  const there = {
    listing: { instances: [instance("worker-0", { state: "stopping" })], complete: true },
    openAttempts: [attempt(["worker-1", "worker-2"], { type: "small" })],
    spent: spentOf(10 - usd),
  };
  assert.deepEqual(short(budget().at(0, { scheduler: tasks(9), ...there })), [
    "replay worker-1, worker-2",
    "launch worker-3",
  ]);
});

Deno.test("the smaller of two budgets counts, and tomorrow today's does not", () => {
  const both = { clusterUsd: 10, perDayUsd: 2 };
  const yesterday = { scheduler: tasks(1), spent: spentOf(3, { todayUsd: 2.5 }) };
  const today = { scheduler: tasks(1), spent: spentOf(3, { todayUsd: 0.1, day: "2026-01-02" }) };
  const run = budget(both);
  assert.deepEqual(run.at(0, yesterday), []);
  assert.equal(run.memory.reachedBudget?.setting, "budget_per_day_usd");
  assert.deepEqual(short(run.at(1, today)), ["launch worker-0"]);
  assert.deepEqual(budget(both).at(0, { scheduler: tasks(1), spent: spentOf(11, { todayUsd: 1 }) }), []);
});

Deno.test("a day's budget stays used up while what is spent is not known", () => {
  const run = budget({ clusterUsd: null, perDayUsd: 2 });
  const work = { scheduler: tasks(1) };
  run.at(0, { ...work, spent: spentOf(2) });
  run.at(1, { ...work, spent: null });
  assert.equal(run.memory.reachedBudget?.day, "2026-01-01");
  assert.deepEqual(run.at(2, { ...work, spent: spentOf(1.9) }), [], "what is known by then is less");
  assert.deepEqual(short(run.at(3, { ...work, spent: spentOf(0, { day: "2026-01-02" }) })), [
    "launch worker-0",
  ]);
});

Deno.test("with a cost unknown nothing is launched under a budget, and no worker ends for it", () => {
  const unknown = { spent: spentOf(1, { unpriced: ["strange"] }) };
  assert.deepEqual(budget().at(0, { scheduler: tasks(9), ...unknown }), []);
  assert.deepEqual(budget().at(0, { scheduler: tasks(9), spent: null }), []);
  const there = { listing: { instances: [instance("worker-0", { type: "strange" })], complete: true } };
  const busyOne = report({ workers: [daskWorker("worker-0", busy)] });
  assert.deepEqual(budget().at(0, { scheduler: busyOne, ...there, ...unknown }), []);
});

Deno.test("what workers may have cost unseen keeps others from being launched, and uses no budget up", () => {
  const run = budget();
  const unseen = { spent: spentOf(1, { unseenUsd: 9 }) };
  assert.deepEqual(run.at(0, { scheduler: tasks(9), ...unseen }), []);
  assert.equal(run.memory.reachedBudget, null);
});

const present = [
  daskWorker("worker-0", busy),
  daskWorker("worker-1", { keptBy: "actor", keptReason: "an actor" }),
];
const listed = {
  listing: {
    instances: [instance("worker-0"), instance("worker-1"), instance("worker-2")],
    complete: true,
  },
};
const seen = (clusterUsd: number, workers = present) => ({
  ...listed,
  scheduler: report({ workers }),
  spent: spentOf(clusterUsd),
});

Deno.test("drain: joined workers get no more tasks, whatever keeps them, and others end", () => {
  const run = budget();
  assert.deepEqual(run.at(0, seen(9.9)), []);
  // Three workers and the scheduler cost six cents until they have ended.
  assert.deepEqual(short(run.at(1, seen(9.95))), ["terminate worker-2", "drain worker-0, worker-1"]);
  const drained = present.map((worker) => ({ ...worker, status: "closing_gracefully", drained: true }));
  const both = { instances: [instance("worker-0"), instance("worker-1")], complete: true };
  assert.deepEqual(run.at(2, { ...seen(9.95, drained), listing: both }), []);
});

Deno.test("what is used up stays so as workers end, until the budget is raised", () => {
  const run = budget();
  run.at(0, seen(9.95));
  const drained = [daskWorker("worker-0", { ...busy, status: "closing_gracefully", drained: true })];
  const alone = { instances: [instance("worker-0")], complete: true };
  const later = {
    scheduler: report({ workers: drained, runnable: [{ resources: {}, count: 9 }] }),
    listing: alone,
  };
  assert.deepEqual(run.at(1, { ...later, spent: spentOf(9.951) }), [], "there would be money for a minute");
  run.rules_ = budget({ clusterUsd: 20 }).rules_;
  assert.deepEqual(short(run.at(2, { ...later, spent: spentOf(9.951) })).slice(0, 1), ["undrain worker-0"]);
});

Deno.test("a budget that is lowered below what is spent takes effect at once", () => {
  const run = budget();
  assert.deepEqual(run.at(0, seen(5)), []);
  run.rules_ = budget({ clusterUsd: 4 }).rules_;
  assert.deepEqual(short(run.at(1, seen(5))), ["terminate worker-2", "drain worker-0, worker-1"]);
});

Deno.test("stop: workers that a failed call has left running are terminated again with their tasks", () => {
  const run = budget({ onBudget: "stop" });
  run.at(0, seen(9.95));
  run.memory = rememberTerminated(run.memory, ["i-worker-0", "i-worker-1", "i-worker-2"], "the budget", 0);
  assert.deepEqual(run.at(4, seen(9.951)), []);
  const [again] = run.at(5, seen(9.951));
  assert.deepEqual(short([again!]), ["terminate worker-0, worker-1, worker-2"]);
  assert.equal(again?.kind === "terminate" && again.force, true);
});

for (const onBudget of ["stop", "shutdown"] as const) {
  Deno.test(`${onBudget}: all workers are terminated, those with tasks too`, () => {
    const actions = budget({ onBudget }).at(0, seen(9.95));
    assert.deepEqual(short(actions), ["terminate worker-0, worker-1, worker-2"]);
    assert.equal(actions[0]?.kind === "terminate" && actions[0].force, true);
  });
}

Deno.test("budgetTerms() tells the scheduler what is left, and by whom it is used up", () => {
  const { rules_ } = budget({ onBudget: "stop" });
  const workers = workersOf(
    withInstances(instance("worker-0"), instance("worker-7", { type: "large" })),
    null,
  );
  const costing = { workers, openAttempts: [], spent: spentOf(4) };
  const terms = {
    leftUsd: 6,
    hourlyUsd: { scheduler: 0.5, "worker-0": 1, "worker-7": 2 },
    atOnce: true,
  };
  assert.deepEqual(budgetTerms(rules_, costing, null), terms);
  const reached = { setting: "budget_usd", usd: 10, day: null } as const;
  assert.deepEqual(budgetTerms(rules_, costing, reached), { ...terms, leftUsd: 0 });
  assert.equal(budgetTerms(rules_, { ...costing, spent: spentOf(11) }, null)?.leftUsd, 0);
  assert.equal(budgetTerms(rules_, { ...costing, spent: spentOf(4, { unseenUsd: 2 }) }, null)?.leftUsd, 4);
  assert.equal(budgetTerms(rules_, { ...costing, spent: null }, null), undefined);
  assert.equal(budgetTerms(rules_, { ...costing, spent: null }, reached), undefined);
  assert.equal(budgetTerms(rules({ moneyLimits: limit(1) }), costing, null), null);
});

function withInstances(...instances: Parameters<Run["launched"]>[1][]) {
  const run = new Run();
  run.at(0, { listing: { instances, complete: true } });
  return run.memory;
}
