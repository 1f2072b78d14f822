import assert from "node:assert/strict";
import type { DaskWorker } from "../../../lib/model/mod.ts";
import { PAUSED_S } from "../../../lib/plan/rules.ts";
import { daskWorker, pool, report, rules } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { problemsOf } from "../../../lib/status/problems_of.ts";
import { input } from "../status/_input.ts";
import { Run, short } from "./_run.ts";

const GIB = 2 ** 30;

/** A worker that Dask has paused, with a task that it does not start. */
function stuck(over: Partial<DaskWorker> = {}): DaskWorker {
  const memory = { memoryBytes: 9.6 * GIB, memoryLimitBytes: 11.8 * GIB };
  return daskWorker("worker-0", { status: "paused", processing: 1, completed: 3, ...memory, ...over });
}

const free = (over: Partial<DaskWorker> = {}) =>
  daskWorker("worker-1", {
    ...{ processing: 1, executing: 1, memoryBytes: GIB, memoryLimitBytes: 11.8 * GIB },
    ...over,
  });

const ONE_TASK = { runnable: [{ resources: {}, count: 1 }] };

/** What is decided after a paused worker has been so for this long, beside others. */
function after(seconds: number, workers: readonly DaskWorker[], run = new Run(), asks = ONE_TASK): string[] {
  run.with(0, workers, asks);
  return short(run.with(seconds, workers, asks));
}

Deno.test("plan() replaces a paused worker that executes nothing for a while, and no sooner", () => {
  assert.deepEqual(after(PAUSED_S - 1, [stuck(), free()]), []);
  assert.deepEqual(after(PAUSED_S, [stuck(), free()]), ["retire worker-0"]);
});

Deno.test("plan() lets a paused worker finish what it executes", () => {
  assert.deepEqual(after(PAUSED_S, [stuck({ executing: 1 }), free()]), []);
});

Deno.test("plan() counts the pause anew once a worker has executed something", () => {
  const run = new Run();
  run.with(0, [stuck(), free()], ONE_TASK);
  run.with(50, [stuck({ executing: 1 }), free()], ONE_TASK);
  assert.deepEqual(short(run.with(70, [stuck(), free()], ONE_TASK)), []);
  assert.deepEqual(short(run.with(70 + PAUSED_S, [stuck(), free()], ONE_TASK)), ["retire worker-0"]);
});

Deno.test("plan() replaces a paused worker at max_workers, so that the next one has room", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.deepEqual(after(PAUSED_S, [stuck()], run), ["retire worker-0"]);
});

Deno.test("plan() keeps a paused worker whose results fit nowhere else", () => {
  const holder = { holdsResults: true, heldBytes: 8 * GIB };
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.deepEqual(after(PAUSED_S, [stuck(holder)], run), [], "there is no other");
  assert.deepEqual(after(PAUSED_S, [stuck(holder), free({ memoryBytes: 2 * GIB })]), []);
  assert.deepEqual(after(PAUSED_S, [stuck(holder), free({ memoryLimitBytes: 100 * GIB })]), [
    "retire worker-0",
  ]);
  assert.deepEqual(after(PAUSED_S, [stuck(holder), free({ memoryLimitBytes: null })]), ["retire worker-0"]);
});

Deno.test("plan() replaces no worker that paused before it had finished a task: the next would pause, too", () => {
  assert.deepEqual(after(PAUSED_S, [stuck({ completed: 0 }), free()]), []);
});

Deno.test("plan() replaces paused workers one after the other", () => {
  const two = [stuck(), stuck({ name: "worker-2" }), free()];
  assert.deepEqual(after(PAUSED_S, two), ["retire worker-0"]);
});

Deno.test("a paused worker is a problem with its figures, and with what becomes of it", () => {
  const messages = (workers: readonly DaskWorker[]) => {
    const run = new Run();
    run.with(0, workers);
    const found = problemsOf({
      ...{ moneyLimits: null, schedulerType: "", spent: null },
      ...input(),
      python: null,
      packages: [],
      age: { s: 60, leftS: null },
      memory: run.memory,
      report: report({ workers }),
    });
    return found.filter(({ code }) => code === "worker_paused").map(({ message }) => message).join("\n");
  };
  assertWording("problems", "worker_paused", messages([stuck({ heldBytes: GIB }), free()]));
  const holder = stuck({ holdsResults: true, heldBytes: 8 * GIB, processing: 0 });
  assertWording("problems", "worker_paused with results that fit nowhere", messages([holder]));
  assertWording("problems", "worker_paused from its start", messages([stuck({ completed: 0 })]));
  assertWording(
    "problems",
    "worker_paused without figures",
    messages([stuck({ memoryBytes: null, memoryLimitBytes: null }), free()]),
  );
});
