import assert from "node:assert/strict";
import { daskWorker, instance, pool, rules, tasks } from "../../support/fakes/builders.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };
const holder = { holdsResults: true, heldBytes: 10 };
const asks = (count: number) => ({ runnable: [{ resources: {}, count }] });

Deno.test("plan() retires the surplus of idle workers, the longest idle first", () => {
  const run = new Run();
  const names = ["worker-0", "worker-1", "worker-2"];
  run.with(0, names.map((name) => daskWorker(name, name === "worker-1" ? {} : busy)));
  const idle = names.map((name) => daskWorker(name));
  run.with(10, idle);
  assert.deepEqual(short(run.with(100, idle, asks(2))), ["retire worker-1"]);
});

Deno.test("plan() retires workers that hold no results first", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", holder), daskWorker("worker-1"), daskWorker("worker-2", holder)];
  run.with(0, workers);
  assert.deepEqual(short(run.with(100, workers, asks(2))), ["retire worker-1"]);
});

Deno.test("plan() never retires a worker with a task, executing or queued on it", () => {
  for (const work of [busy, { processing: 1 }, { executing: 1 }]) {
    const run = new Run(rules({ maxIdleTimeS: 0, pools: [pool({ type: "other", maxWorkers: 2 })] }));
    const workers = [daskWorker("worker-0", work), daskWorker("worker-1", { ...work, status: "paused" })];
    for (const atS of [0, 100, 10_000]) assert.deepEqual(run.with(atS, workers), []);
  }
});

Deno.test("plan() never retires a booting, draining or stopping worker for lack of tasks", () => {
  const run = new Run(rules({ maxIdleTimeS: 0, terminateAgainS: 1e6 }));
  const instances = [
    instance("worker-0"),
    instance("worker-1", { state: "pending" }),
    instance("worker-2", { state: "stopping" }),
    instance("worker-3"),
  ];
  const draining = [daskWorker("worker-3", { status: "closing_gracefully" })];
  for (const atS of [0, 100, 600]) assert.deepEqual(run.with(atS, draining, {}, instances), []);
});

Deno.test("plan() ends workers down to a lowered max_workers when they have been idle", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  const workers = [daskWorker("worker-0"), daskWorker("worker-1"), daskWorker("worker-2", busy)];
  run.with(0, workers, asks(9));
  assert.deepEqual(short(run.with(60, workers, asks(9))), ["retire worker-0, worker-1"]);
});

Deno.test("plan() retires no requested worker while the request lives, and those beyond it", () => {
  const run = new Run();
  const workers = [0, 1, 2].map((i) => daskWorker(`worker-${i}`));
  const asking = (workers: number) => ({ requests: [{ pool: "default", workers, leftS: 60 }] });
  run.with(0, workers);
  assert.deepEqual(run.with(100, workers, asking(3)), []);
  assert.deepEqual(short(run.with(200, workers, asking(2))), ["retire worker-0"]);
  assert.deepEqual(short(run.with(300, workers)), ["retire worker-0, worker-1, worker-2"]);
});

Deno.test("plan() keeps one worker for a client that waits for more, until it has waited for long", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0"), daskWorker("worker-1")];
  run.with(0, workers);
  assert.deepEqual(short(run.with(100, workers, { waitingClients: [100] })), ["retire worker-0"]);
  const [, left] = workers;
  assert.deepEqual(short(run.with(3000, [left!], { waitingClients: [3000] })), ["retire worker-1"]);
});

Deno.test("plan() keeps a pool's workers for that pool's tasks alone", () => {
  const run = new Run(rules({ pools: [pool(), pool({ name: "gpu", resources: { GPU: 1 } })] }));
  const workers = [daskWorker("worker-0"), daskWorker("worker-1")];
  const instances = [instance("worker-0"), instance("worker-1", { pool: "gpu" })];
  run.with(0, workers, asks(1), instances);
  assert.deepEqual(short(run.with(60, workers, asks(1), instances)), ["retire worker-1"]);
});

Deno.test("plan() retires idle workers of a pool that is no longer configured at once, busy ones not", () => {
  const workers = [daskWorker("worker-0"), daskWorker("worker-1", busy)];
  const instances = workers.map(({ name }) => instance(name, { pool: "gpu" }));
  const [action, ...others] = new Run().with(0, workers, asks(2), instances);
  assert.deepEqual([action?.reason, short([action!]), others], [
    "its pool is no longer configured",
    ["retire worker-0"],
    [],
  ]);
});

Deno.test("plan() lets a worker that Dask has paused go when it is idle, and counts it for nothing", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", { status: "paused" }), daskWorker("worker-1")];
  run.with(0, workers, asks(1));
  assert.deepEqual(short(run.with(60, workers, asks(1))), ["retire worker-0"]);
});

Deno.test("plan() hands results to no worker that Dask has paused: one that is not stays", () => {
  const run = new Run();
  const workers = [
    daskWorker("worker-0", holder),
    daskWorker("worker-1", holder),
    daskWorker("worker-2", { ...busy, status: "paused", holdsResults: true, heldBytes: 99 }),
  ];
  run.with(0, workers);
  assert.deepEqual(short(run.with(60, workers)), ["retire worker-1"]);
  assert.equal(run.of("worker-0")!.keptSinceMs, 60_000);
  assert.equal(run.of("worker-2")!.keptSinceMs, null);
});

Deno.test("plan() lets a paused holder hand its results to one that is not, however little that one has", () => {
  const run = new Run();
  const full = daskWorker("worker-0", { ...holder, heldBytes: 99, status: "paused" });
  const workers = [full, daskWorker("worker-1")];
  run.with(0, workers);
  assert.deepEqual(short(run.with(60, workers)), ["retire worker-0"]);
});

Deno.test("plan() lets the holders go while another worker stays that can take the results", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", holder), daskWorker("worker-1", busy)];
  run.with(0, workers, asks(1));
  assert.deepEqual(short(run.with(60, workers, asks(1))), ["retire worker-0"]);
});

Deno.test("plan() keeps the last holder of any pool, outdated and unconfigured ones too", () => {
  const run = new Run(rules({ pools: [pool({ type: "large" })] }));
  const workers = [daskWorker("worker-0", holder), daskWorker("worker-1", { ...holder, heldBytes: 99 })];
  const instances = [instance("worker-0"), instance("worker-1", { pool: "gone" })];
  assert.deepEqual(short(run.with(0, workers, {}, instances)), ["retire worker-0"]);
  assert.equal(run.of("worker-1")!.keptSinceMs, 0);
});

Deno.test("plan() keeps no worker for results that no client wants", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", { heldBytes: 99 })];
  run.with(0, workers);
  assert.deepEqual(short(run.with(60, workers)), ["retire worker-0"]);
});

Deno.test("plan() keeps the last holder for as long as its results are wanted", () => {
  const run = new Run();
  for (const atS of [0, 60, 3600, 1e6]) {
    assert.deepEqual(run.with(atS, [daskWorker("worker-0", holder)]), []);
  }
  assert.equal(run.of("worker-0")!.reason, "holds results that a client wants");
});

Deno.test("plan() drains what exceeds a lowered max_workers, the least busy first, and brings it back when it is raised", () => {
  const lowered = rules({ pools: [pool({ maxWorkers: 1 })] });
  const run = new Run(lowered);
  const on = (count: number) => ({ processing: count, executing: 1 });
  const three = [daskWorker("worker-0", on(1)), daskWorker("worker-1", on(2)), daskWorker("worker-2", on(1))];
  const [action, ...others] = run.with(0, three, asks(20));
  assert.deepEqual([short([action!]), action!.reason, others], [
    ["drain worker-0, worker-2"],
    "max_workers is now 1",
    [],
  ]);

  const drained = { status: "closing_gracefully", drained: true };
  const two = three.map((worker) => worker.name === "worker-1" ? worker : { ...worker, ...drained });
  assert.deepEqual(run.with(1, two, asks(20)), [], "they are on their way");
  run.rules_ = rules({ pools: [pool({ maxWorkers: 2 })] });
  assert.deepEqual(short(run.with(2, two, asks(20))), ["undrain worker-0"]);
});

Deno.test("plan() drains no worker that cannot retire, nor any at a scheduler that would not retire it", () => {
  const workers = [daskWorker("worker-0", { keptBy: "actor" }), daskWorker("worker-1", busy)];
  const limits = rules({ pools: [pool({ maxWorkers: 1 })] });
  assert.deepEqual(short(new Run(limits).with(0, workers, asks(9))), ["drain worker-1"]);
  assert.deepEqual(new Run(limits).with(0, workers, { ...asks(9), capabilities: ["drain"] }), []);
});

const LOCK = "result lock cannot be moved: cannot pickle '_thread.lock' object";

Deno.test("plan() keeps a worker whose result cannot be moved with its reason, and lets the others go", () => {
  const run = new Run();
  const workers = [
    daskWorker("worker-0", { ...holder, keptBy: "result", keptReason: LOCK }),
    daskWorker("worker-1", { ...holder, heldBytes: 99 }),
    daskWorker("worker-2"),
  ];
  run.with(0, workers);
  assert.deepEqual(
    short(run.with(60, workers)),
    ["retire worker-2, worker-1"],
    "it takes their results over",
  );
  assert.deepEqual([run.of("worker-0")!.keptSinceMs, run.of("worker-0")!.reason], [60_000, LOCK]);
});

Deno.test("plan() lets the workers that cannot retire serve the demand", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0"), daskWorker("worker-1", { ...holder, keptBy: "actor" })];
  run.with(0, workers, asks(1));
  assert.deepEqual(short(run.with(60, workers, asks(1))), ["retire worker-0"]);
  assert.equal(run.of("worker-1")!.keptSinceMs, null);
});

Deno.test("plan() gives up results that cannot be moved after hold_results_s, and nothing that is in use", () => {
  for (
    const [keptBy, due] of [["actor", true], ["result", true], ["slow", true], ["shuffle", false], [
      "tasks",
      false,
    ]]
  ) {
    const run = new Run(rules({ maxIdleTimeS: 10, holdResultsS: 5 }));
    const workers = [
      daskWorker("worker-0", { ...holder, keptBy: keptBy as string }),
      daskWorker("worker-1", { processing: 1, executing: 1 }),
    ];
    for (const atS of [0, 10, 14]) assert.deepEqual(run.with(atS, workers, asks(1)), []);
    assert.deepEqual(short(run.with(15, workers, asks(1))), due ? ["cancel worker-0"] : [], keptBy as string);
    assert.equal(run.of("worker-0")!.keptSinceMs, due ? 10_000 : null);
  }
});

Deno.test("plan() counts hold_results_s anew after a task", () => {
  const run = new Run(rules({ maxIdleTimeS: 10, holdResultsS: 5 }));
  const worker = (
    completed: number,
    work = {},
  ) => [daskWorker("worker-0", { ...holder, completed, ...work })];
  run.with(0, worker(0));
  run.with(10, worker(0));
  run.with(14, worker(0, busy));
  run.with(20, worker(1));
  run.with(30, worker(1));
  assert.deepEqual(run.with(34, worker(1)), []);
  assert.deepEqual(short(run.with(35, worker(1))), ["cancel worker-0"]);
});

Deno.test("plan() replaces workers of another type only when they are idle, and never goes over the limit", () => {
  const run = new Run(rules({ pools: [pool({ type: "large", maxWorkers: 2 })] }));
  const workers = [daskWorker("worker-0", busy), daskWorker("worker-1", busy)];
  assert.deepEqual(run.with(0, workers, asks(9)), []);
  const [worker0] = workers;
  assert.deepEqual(short(run.with(1, [worker0!, daskWorker("worker-1")], asks(9))), ["retire worker-1"]);
  assert.deepEqual(short(run.with(2, [worker0!], asks(9))), ["launch worker-1"]);
});

Deno.test("plan() ends an instance that left the scheduler and did not come back in time", () => {
  const run = new Run();
  run.with(0, [daskWorker("worker-0", busy)]);
  const there = { listing: { instances: [instance("worker-0")], complete: true } };
  run.at(1, there);
  assert.deepEqual(run.at(601, { ...there, scheduler: tasks(1) }), []);
  assert.deepEqual(short(run.at(602, there)), ["terminate worker-0"]);
  assert.deepEqual(run.memory.failedBoots, [], "it had joined");
});

Deno.test("plan() retires no worker because of one that still boots, and may never join", () => {
  const run = new Run(rules({ pools: [pool({ minWorkers: 1 })] }));
  const instances = [instance("worker-0"), instance("worker-1", { state: "pending" })];
  run.with(0, [daskWorker("worker-0")], {}, instances);
  assert.deepEqual(run.with(60, [daskWorker("worker-0")], {}, instances), []);
  const both = [daskWorker("worker-0"), daskWorker("worker-1")];
  assert.deepEqual(short(run.with(61, both, {}, instances)), ["retire worker-0"]);
});
