import assert from "node:assert/strict";
import { type Explanation, explanationOf } from "../../../lib/status/explanation.ts";
import { assertWording } from "../../support/wording.ts";
import { type Over, status, worker, workers } from "../cli/_status.ts";

const LIMITS = [{ name: "default", minWorkers: 0, maxWorkers: 3 }];

function explained(over: Over, limits = LIMITS): Explanation {
  return explanationOf(status(over), limits);
}

/** The demand of the pool without a name for so many tasks, by a cluster's own counts. */
function demandFor(runnable: number, target: number, over: Over["demand"] = {}): Over["demand"] {
  const by_pool = { default: { runnable, target, requested: 0, requested_for_s: null } };
  return {
    runnable,
    queued: Math.max(0, runnable - target),
    processing: Math.min(runnable, target),
    target,
    by_pool,
    ...over,
  };
}

/** Every sentence, under its part. */
function textOf({ size, waiting, another }: Explanation): string {
  return [...size, "-", ...waiting, "-", ...another].join("\n");
}

Deno.test("explanationOf() says what limits a pool, why tasks wait, and what another worker takes and changes", () => {
  const full = explained({
    demand: demandFor(9, 3, { waiting: 1, skipped: 2 }),
    workers: workers(3, { price_per_hour_usd: 0.17 }),
  });
  assertWording("explain", "a pool at its maximum", textOf(full));
});

Deno.test("explanationOf() of a pool that grows says that workers boot, and which are not launched", () => {
  const grows = explained({
    demand: demandFor(2, 2, { queued: 2, processing: 0 }),
    workers: [worker("worker-0", { state: "booting", slots: null, processing: null, executing: null })],
    problems: [{
      code: "launch_failed",
      message: "There is no room",
      hint: "Wait.",
    }],
  });
  assertWording("explain", "a pool that grows", textOf(grows));
});

Deno.test("explanationOf() of a single task that waits, and of one that needs another, speaks of one", () => {
  const one = explained({ demand: demandFor(2, 1, { waiting: 1 }), workers: workers(1) }, [
    { name: "default", minWorkers: 0, maxWorkers: 1 },
  ]);
  assertWording("explain", "a single task that waits", textOf(one));
});

Deno.test("explanationOf() of idle workers says when each leaves, or why it stays", () => {
  const idle = { processing: 0, executing: 0, runs: {} };
  const shrinks = explained({
    demand: demandFor(0, 0),
    workers: [
      worker("worker-0", { ...idle, leaves_in_s: 40 }),
      worker("worker-1", { ...idle, reason: "it holds results" }),
    ],
  });
  assertWording("explain", "idle workers", textOf(shrinks));
});

Deno.test("explanationOf() names requests, minima and each pool's own key", () => {
  const by_pool = {
    default: { runnable: 0, target: 1, requested: 1, requested_for_s: 90 },
    gpu: { runnable: 5, target: 1, requested: 0, requested_for_s: null },
  };
  const two = explained({
    demand: { runnable: 5, queued: 4, processing: 1, target: 2, by_pool },
    workers: [
      worker("worker-0", { processing: 0, executing: 0 }),
      worker("gpu-0", { pool: "gpu", slots: 2, executing: 1 }),
    ],
  }, [{ name: "default", minWorkers: 1, maxWorkers: 3 }, { name: "gpu", minWorkers: 0, maxWorkers: 1 }]);
  assertWording("explain", "two pools", textOf(two));
});

Deno.test("explanationOf() passes on what is said of a task", () => {
  const { task } = explanationOf(status({}), LIMITS, ["md_run-1f is done."]);
  assert.deepEqual(task, ["md_run-1f is done."]);
});

Deno.test("explanationOf() says that nothing is known, or that nothing runs", () => {
  assertWording("explain", "no cluster", textOf(explained({ cluster: { state: "down" } })));
  assertWording("explain", "a silent scheduler", textOf(explained({ demand: null, scheduler: null })));
});
