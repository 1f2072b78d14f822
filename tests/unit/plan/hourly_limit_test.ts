import assert from "node:assert/strict";
import type { HourlyLimit } from "../../../lib/plan/hourly_limit.ts";
import { attempt, daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };

/** A `small` worker costs a dollar an hour, half of it on spot, a `large` one two; the scheduler half a dollar. */
const limit = (maxUsd: number, over: Partial<HourlyLimit> = {}): HourlyLimit => ({
  maxUsd,
  schedulerUsd: 0.5,
  workerUsd: (_pool, { type, market }) =>
    ({ small: 1, large: 2 })[type] === undefined
      ? null
      : (type === "large" ? 2 : 1) * (market === "spot" ? 0.5 : 1),
  ...over,
});

const under = (maxUsd: number, over: Partial<HourlyLimit> = {}, pools = [pool({ maxWorkers: 9 })]) =>
  new Run(rules({ pools, hourlyLimit: limit(maxUsd, over) }));

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
  run.rules_ = rules({ pools: [pool({ maxWorkers: 9 })], hourlyLimit: limit(2.5) });
  assert.deepEqual(short(run.with(2, drained)), ["undrain worker-1"]);
});
