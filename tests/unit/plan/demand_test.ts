import assert from "node:assert/strict";
import type { RunnableGroup, SchedulerReport } from "../../../lib/model/mod.ts";
import { demandOf } from "../../../lib/plan/demand.ts";
import { bootKey } from "../../../lib/plan/memory.ts";
import { WAITING_CLIENT_S } from "../../../lib/plan/rules.ts";
import { daskWorker, pool, report } from "../../support/fakes/builders.ts";

const GPU_POOL = pool({ name: "gpu", resources: { GPU: 1 }, maxWorkers: 2 });
const targets = (...asked: Parameters<typeof demandOf>) =>
  Object.values(demandOf(...asked).byPool).map(({ target }) => target);

Deno.test("demandOf() sends tasks to the pool that offers what they need, and plain ones to the first", () => {
  const asked = report({ runnable: [{ resources: {}, count: 3 }, { resources: { GPU: 1 }, count: 20 }] });
  assert.deepEqual(targets(asked, [pool(), GPU_POOL]), [3, 2]);
  assert.deepEqual(targets(report({ runnable: [{ resources: {}, count: 3 }] }), [pool(), GPU_POOL]), [3, 0]);
});

Deno.test("demandOf() names the tasks that no pool can run, and wants no worker for them", () => {
  const asked = report({ runnable: [{ resources: { GPU: 2 }, count: 20 }] });
  const { byPool, unmet } = demandOf(asked, [pool(), GPU_POOL]);
  assert.deepEqual(Object.values(byPool).map(({ target }) => target), [0, 0]);
  assert.deepEqual(unmet, [{ resources: { GPU: 2 }, count: 20 }]);
});

Deno.test("demandOf() shares a worker's slots among groups", () => {
  const offers = pool({ slots: 3, resources: { MEMORY: 3 } });
  const asked = report({ runnable: [{ resources: {}, count: 1 }, { resources: { MEMORY: 1 }, count: 2 }] });
  assert.deepEqual(targets(asked, [offers]), [1]);
});

Deno.test("demandOf() divides by slots and stays between min and max", () => {
  assert.deepEqual(targets(report({ runnable: [{ resources: {}, count: 5 }] }), [pool({ slots: 2 })]), [3]);
  assert.deepEqual(targets(report(), [pool({ minWorkers: 2 })]), [2]);
  assert.deepEqual(targets(report({ runnable: [{ resources: {}, count: 99 }] }), [pool()]), [4]);
});

Deno.test("demandOf() counts a client that waits to send its input as one worker", () => {
  assert.deepEqual(targets(report({ pendingScatters: 5 }), [pool(), GPU_POOL]), [1, 0]);
});

Deno.test("demandOf() adds up thirds to whole workers, without a rounding error", () => {
  const offers = pool({ slots: 3, resources: { A: 9, B: 9 } });
  const groups: RunnableGroup[] = [
    { resources: {}, count: 1 },
    { resources: { A: 1 }, count: 7 },
    { resources: { B: 1 }, count: 1 },
  ];
  assert.ok(1 / 3 + 7 / 3 + 1 / 3 > 3, "as computers add");
  assert.deepEqual(targets(report({ runnable: groups }), [offers]), [3]);
  assert.deepEqual(targets(report({ runnable: [{ resources: {}, count: 4 }] }), [offers]), [2]);
});

Deno.test("demandOf() divides by what limits a worker: its slots, or a resource", () => {
  const offers = pool({ slots: 4, resources: { GPU: 2, MEMORY: 100 }, maxWorkers: 99 });
  const targetOf = (resources: Record<string, number>, count: number) =>
    targets(report({ runnable: [{ resources, count }] }), [offers])[0];
  assert.equal(targetOf({ GPU: 1 }, 6), 3);
  assert.equal(targetOf({ GPU: 2 }, 6), 6);
  assert.equal(targetOf({ GPU: 0.5 }, 6), 2);
  assert.equal(targetOf({ MEMORY: 60 }, 6), 6);
  assert.equal(targetOf({ GPU: 1, MEMORY: 60 }, 6), 6);
  assert.equal(targetOf({ GPU: 0 }, 6), 2);
});

Deno.test("demandOf() adds up two groups that share a pool", () => {
  const shared = pool({ name: "gpu", resources: { GPU: 1, LICENCE: 1 }, maxWorkers: 9 });
  const asked = report({
    runnable: [{ resources: { GPU: 1 }, count: 2 }, { resources: { LICENCE: 1 }, count: 3 }],
  });
  const { gpu } = demandOf(asked, [pool(), shared]).byPool;
  assert.deepEqual(gpu, { runnable: 5, soon: 0, later: 0, target: 5, cause: "tasks", request: null });
});

Deno.test("demandOf() wakes the first of the pools that offer what is needed, the cheapest", () => {
  const offers = [
    pool(),
    { ...GPU_POOL, name: "cheap" },
    { ...GPU_POOL, name: "dear" },
    { ...GPU_POOL, name: "many", resources: { GPU: 8 } },
  ];
  const asked = (amount: number) => report({ runnable: [{ resources: { GPU: amount }, count: 1 }] });
  assert.deepEqual(targets(asked(1), offers), [0, 1, 0, 0]);
  assert.deepEqual(targets(asked(2), offers), [0, 0, 0, 1]);
});

Deno.test("demandOf() adds no worker for a client that waits to send its input when tasks ask for one", () => {
  assert.deepEqual(
    targets(report({ pendingScatters: 1, runnable: [{ resources: {}, count: 2 }] }), [pool()]),
    [2],
  );
  assert.deepEqual(targets(report({ pendingScatters: 1 }), [pool({ maxWorkers: 0 })]), [0]);
});

Deno.test("demandOf() counts in unmet what no pool offers enough of, and nothing else", () => {
  const groups: RunnableGroup[] = [{ resources: { GPU: 1 }, count: 1 }, {
    resources: { GPU: 1, TAPE: 1 },
    count: 4,
  }];
  const { unmet, byPool } = demandOf(report({ runnable: groups }), [pool(), GPU_POOL]);
  assert.deepEqual(unmet, [groups[1]]);
  assert.deepEqual(byPool.gpu, { runnable: 1, soon: 0, later: 0, target: 1, cause: "tasks", request: null });
});

const asksFor = (workers: number, pool = "default") => ({ pool, workers, leftS: 60 });

Deno.test("demandOf() has at least the workers that a request asks for, and never more than at most", () => {
  const pools = [pool(), GPU_POOL];
  assert.deepEqual(targets(report({ requests: [asksFor(3)] }), pools), [3, 0]);
  assert.deepEqual(targets(report({ requests: [asksFor(9), asksFor(1, "gpu")] }), pools), [4, 1]);
  assert.deepEqual(targets(report({ requests: [asksFor(2, "removed")] }), pools), [0, 0]);
  const plain = [{ resources: {}, count: 3 }];
  assert.deepEqual(targets(report({ requests: [asksFor(2)], runnable: plain }), pools), [3, 0]);
});

Deno.test("demandOf() counts a client that waits for workers as one, for a limited time", () => {
  const pools = [pool(), GPU_POOL];
  assert.deepEqual(targets(report({ waitingClients: [90, 2] }), pools), [1, 0]);
  assert.deepEqual(targets(report({ waitingClients: [WAITING_CLIENT_S, 2] }), pools), [1, 0]);
  assert.deepEqual(targets(report({ waitingClients: [WAITING_CLIENT_S] }), pools), [0, 0]);
});

Deno.test("demandOf() keeps one worker, not more, for a client that waits for further ones", () => {
  const [one, two] = [daskWorker("worker-0"), daskWorker("worker-1")];
  assert.deepEqual(targets(report({ waitingClients: [90], workers: [one, two] }), [pool()]), [1]);
  const byHand = daskWorker("tls://10.0.0.1:40000");
  assert.deepEqual(targets(report({ waitingClients: [90], workers: [byHand] }), [pool()]), [0]);
});

Deno.test("demandOf() says where a target comes from: the greatest demand, work before all else", () => {
  const causeOf = (over: Parameters<typeof report>[0], minWorkers = 0) =>
    demandOf(report(over), [pool({ minWorkers })]).byPool.default!.cause;
  const plain = (count: number) => [{ resources: {}, count }];
  assert.equal(causeOf({}), null);
  assert.equal(causeOf({ runnable: plain(2), requests: [asksFor(2)] }, 2), "tasks");
  assert.equal(causeOf({ runnable: plain(2), requests: [asksFor(3)] }, 2), "scale");
  assert.equal(causeOf({ runnable: plain(2), requests: [asksFor(3)] }, 3), "min_workers");
  assert.equal(causeOf({ pendingScatters: 1, waitingClients: [2] }), "scatter");
  assert.equal(causeOf({ waitingClients: [2] }), "waiting_client");
});

Deno.test("demandOf() leaves out what a manually started worker runs, not what is queued on it", () => {
  const byHand = daskWorker("tls://10.0.0.1:40000", { processing: 3, nthreads: 1 });
  const own = daskWorker("worker-0", { processing: 1, executing: 1 });
  const runnable = [{ resources: {}, count: 4 }];
  assert.deepEqual(targets(report({ runnable, workers: [byHand, own] }), [pool()]), [3]);
  assert.deepEqual(targets(report({ runnable, workers: [own] }), [pool()]), [4]);
  // It may be a task that needs a GPU, or not.
  const withGpu = { ...byHand, resources: { GPU: 1 } };
  assert.deepEqual(targets(report({ runnable, workers: [withGpu] }), [pool()]), [4]);
});

Deno.test("demandOf() counts tasks that can run within a boot, but for the one that gets the slot of the task that ends", () => {
  const asked = (inS: number, over = {}) =>
    report({ runnable: [{ resources: {}, count: 1 }], soon: [{ resources: {}, count: 4, inS }], ...over });
  const offers = pool({ maxWorkers: 99 });
  const boots = { [bootKey("default", offers.type)]: 40 };
  const inTime: [number, number][] = [[90, 1], [40, 4], [0, 4], [-40, 4], [-41, 1]];
  for (const [inS, target] of inTime) assert.deepEqual(targets(asked(inS), [offers], boots), [target]);
  assert.deepEqual(targets(asked(10), [offers], {}), [1], "no boot has been seen");
  assert.deepEqual(targets(asked(10), [pool({ slots: 2 })], boots), [2]);
  const gpu = { soon: [{ resources: { GPU: 1 }, count: 3, inS: 10 }] };
  assert.deepEqual(targets(asked(10, gpu), [offers, GPU_POOL], boots), [1, 0]);
  const both = { ...boots, [bootKey("gpu", GPU_POOL.type)]: 60 };
  assert.deepEqual(targets(asked(10, gpu), [offers, GPU_POOL], both), [1, 2]);
});

Deno.test("demandOf() says how many workers waiting tasks may want, unless the scheduler tells when they can run", () => {
  const waits = (over = {}) => report({ tasks: { ...report().tasks, waiting: 5 }, ...over });
  const later = (of: SchedulerReport, boots = {}) =>
    demandOf(of, [pool({ slots: 2 })], boots).byPool.default!.later;
  assert.equal(later(report()), 0);
  assert.equal(later(waits()), 3);
  const told = { soon: [{ resources: {}, count: 5, inS: 100 }] };
  assert.equal(later(waits(told)), 0);
  const overdue = { soon: [{ resources: {}, count: 5, inS: -50 }] };
  assert.equal(later(waits(overdue), { [bootKey("default", "small")]: 40 }), 3);
});
