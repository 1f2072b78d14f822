import assert from "node:assert/strict";
import { demandOf } from "../../lib/plan/demand.ts";
import { pool, report } from "../fakes/builders.ts";

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
