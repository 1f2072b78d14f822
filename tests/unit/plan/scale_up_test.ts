import assert from "node:assert/strict";
import type { Instance, Snapshot } from "../../../lib/model/mod.ts";
import { clearFailures, rememberLaunchFailed, rememberNoCapacity } from "../../../lib/plan/memory.ts";
import { CAPACITY_MEMORY_S } from "../../../lib/plan/rules.ts";
import { attempt, daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };
const GPU = pool({ name: "gpu", type: "big", accelerator: "t4", acceleratorCount: 1, resources: { GPU: 1 } });
const of = (...instances: Instance[]): Partial<Snapshot> => ({ listing: { instances, complete: true } });
const gpuTasks = (count: number) => report({ runnable: [{ resources: { GPU: 1 }, count }] });

Deno.test("plan() orders what the pool is: type, accelerator, resources, slots, zone and market", () => {
  const run = new Run(rules({ pools: [pool(), { ...GPU, zones: ["b"], market: "spot", slots: 2 }] }));
  const [launch] = run.at(0, { scheduler: gpuTasks(1) });
  assert.deepEqual(launch, {
    kind: "launch",
    spec: {
      ...{ pool: "gpu", type: "big", accelerator: "t4", acceleratorCount: 1, resources: { GPU: 1 } },
      ...{ slots: 2, zone: "b", market: "spot", names: ["worker-0"] },
    },
    reason: "1 task to run",
  });
});

Deno.test("plan() never gives two pools the same name", () => {
  const run = new Run(rules({ pools: [pool(), GPU] }));
  const both = report({ runnable: [{ resources: {}, count: 2 }, { resources: { GPU: 1 }, count: 2 }] });
  assert.deepEqual(short(run.at(0, { scheduler: both })), [
    "launch worker-0, worker-1",
    "launch worker-2, worker-3",
  ]);
});

Deno.test("plan() fills the gaps in the names, and takes none that anybody has", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 9 })] }));
  const actions = run.at(0, {
    scheduler: tasks(9, { workers: [daskWorker("worker-1", busy), daskWorker("worker-4", busy)] }),
    ...of(instance("worker-1"), instance("worker-3", { state: "stopping" })),
    openAttempts: [attempt(["worker-5"])],
  });
  // Of the limit of 9 are two listed and one in flight; the scheduler's worker-4 has no instance
  // and counts for nothing.
  assert.deepEqual(short(actions), [
    "replay worker-5",
    "launch worker-0, worker-2, worker-6, worker-7, worker-8, worker-9",
  ]);
});

Deno.test("plan() launches nothing before it has seen all that there is", () => {
  const run = new Run();
  const partial = { listing: { instances: [], complete: false } };
  assert.deepEqual(run.at(0, { scheduler: tasks(1), ...partial }), []);
  assert.deepEqual(short(run.at(1, { scheduler: tasks(1) })), ["launch worker-0"]);
  assert.deepEqual(short(run.at(2, { scheduler: tasks(1), ...partial })), ["launch worker-0"]);
});

Deno.test("plan() counts each pool's own against its limit", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 1 }), { ...GPU, maxWorkers: 2 }] }));
  const asks = report({ runnable: [{ resources: {}, count: 9 }, { resources: { GPU: 1 }, count: 9 }] });
  assert.deepEqual(
    short(run.at(0, {
      scheduler: asks,
      ...of(instance("worker-0"), instance("worker-1", { pool: "gpu", type: "big", state: "stopping" })),
    })),
    ["launch worker-2"],
  );
});

Deno.test("plan() launches nothing more when max_workers is lowered below what is there or in flight", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 2 })] }));
  const workers = [0, 1, 2].map((i) => daskWorker(`worker-${i}`, busy));
  assert.deepEqual(short(run.with(0, workers, { runnable: [{ resources: {}, count: 99 }] })), [
    "drain worker-0",
  ]);
  const openAttempts = [attempt(["worker-0"])];
  const one = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.deepEqual(short(one.at(0, { scheduler: tasks(99), openAttempts })), ["replay worker-0"]);
});

Deno.test("plan() counts what is of a pool that is no longer configured for the first one", () => {
  const run = new Run(rules({ pools: [pool({ maxWorkers: 3 })] }));
  const actions = run.at(0, {
    scheduler: tasks(9, { workers: [daskWorker("worker-0", busy)] }),
    ...of(instance("worker-0", { pool: "gpu" })),
    openAttempts: [attempt(["worker-1"], { id: "lost", pool: "gpu" })],
  });
  assert.deepEqual(short(actions), ["launch worker-2"]);
});

Deno.test("plan() launches beside a worker that Dask has paused, and never over the limit", () => {
  const workers = [daskWorker("worker-0", { ...busy, status: "paused" })];
  const asks = { runnable: [{ resources: {}, count: 1 }] };
  assert.deepEqual(short(new Run().with(0, workers, asks)), ["launch worker-1"]);
  assert.deepEqual(new Run(rules({ pools: [pool({ maxWorkers: 1 })] })).with(0, workers, asks), []);
});

Deno.test("plan() says why it launches", () => {
  const reasonOf = (run: Run, scheduler = report()) => run.at(0, { scheduler })[0]?.reason;
  assert.equal(reasonOf(new Run(), tasks(1)), "1 task to run");
  assert.equal(reasonOf(new Run(), tasks(4)), "4 tasks to run");
  assert.equal(reasonOf(new Run(), tasks(5)), "5 tasks to run, at most 4 workers");
  const single = new Run(rules({ pools: [pool({ maxWorkers: 1 })] }));
  assert.equal(reasonOf(single, tasks(2)), "2 tasks to run, at most 1 worker");
  assert.equal(reasonOf(new Run(), report({ pendingScatters: 1 })), "a client waits to send its input");
  assert.equal(reasonOf(new Run(rules({ pools: [pool({ minWorkers: 2 })] }))), "min_workers is 2");
  const asking = (workers: number) => report({ requests: [{ pool: "default", workers, leftS: 1740 }] });
  assertWording("reasons", "requested workers", reasonOf(new Run(), asking(4))!);
  assertWording("reasons", "requested workers beyond the limit", reasonOf(new Run(), asking(5))!);
  assertWording(
    "reasons",
    "a client that waits for workers",
    reasonOf(new Run(), report({ waitingClients: [2] }))!,
  );
});

/** As many instances of the pool as were launched and went without joining, one after the other. */
function failBoots(run: Run, count: number, over: Partial<Instance> = {}): void {
  for (let i = 0; i < count; i++) {
    run.launched(i, instance("worker-0", { id: `i-${over.pool}-${i}`, ...over }));
    run.at(i + 0.5);
  }
}

Deno.test("plan() launches no more after five instances in a row that never joined, until a person changes something", () => {
  const run = new Run();
  failBoots(run, 4);
  assert.equal(run.at(10, { scheduler: tasks(1) }).length, 1);
  failBoots(run, 1, { id: "i-last" });
  assert.deepEqual(run.at(10, { scheduler: tasks(1) }), []);
  assert.deepEqual(run.at(100_000, { scheduler: tasks(1) }), []);
  run.memory = clearFailures(run.memory);
  assert.equal(run.at(100_001, { scheduler: tasks(1) }).length, 1);
});

Deno.test("plan() launches again when one that was late joins after all", () => {
  const run = new Run();
  failBoots(run, 5);
  run.with(10, [daskWorker("worker-1", busy)], {}, [instance("worker-1")]);
  const asks = { runnable: [{ resources: {}, count: 2 }] };
  assert.equal(run.with(11, [daskWorker("worker-1", busy)], asks).length, 1);
});

Deno.test("plan() halts the pool whose instances do not join, and no other", () => {
  const run = new Run(rules({ pools: [pool(), GPU] }));
  failBoots(run, 5, { pool: "gpu" });
  const both = report({ runnable: [{ resources: {}, count: 1 }, { resources: { GPU: 1 }, count: 1 }] });
  const [launch, ...others] = run.at(10, { scheduler: both });
  assert.deepEqual([launch?.kind === "launch" && launch.spec.pool, others], ["default", []]);
  run.with(11, [daskWorker("worker-0", busy)]);
  assert.deepEqual(
    run.at(12, { scheduler: gpuTasks(1) }),
    [],
    "a plain worker that joins says nothing of the GPUs",
  );
});

Deno.test("plan() counts an instance that does not join in time as one failed boot", () => {
  const run = new Run();
  run.at(0);
  run.launched(0, instance("worker-0"));
  for (const atS of [601, 602, 603]) {
    assert.deepEqual(short(run.at(atS, of(instance("worker-0")))), ["terminate worker-0"]);
  }
  run.at(604);
  assert.equal(run.memory.failedBoots.length, 1);
});

/** Seconds until there is a launch again, after one failed call, two in a row, and so on. */
function waitsAfterFailures(fraction: number): number[] {
  const run = new Run();
  return Array.from({ length: 8 }, () => {
    run.memory = rememberLaunchFailed(run.memory, "default", 0, fraction);
    return Array.from({ length: 121 }, (_, i) => i / 2).find((atS) =>
      run.at(atS, { scheduler: tasks(1) }).length > 0
    )!;
  });
}

Deno.test("plan() waits twice as long after each launch that failed, at most a minute, and at least half of that", () => {
  assert.deepEqual(waitsAfterFailures(1), [1, 2, 4, 8, 16, 32, 60, 60]);
  assert.deepEqual(waitsAfterFailures(0), [0.5, 1, 2, 4, 8, 16, 30, 30]);
});

Deno.test("plan() makes a call whose answer was lost again no sooner than any other", () => {
  const run = new Run();
  run.memory = rememberLaunchFailed(rememberLaunchFailed(run.memory, "default", 0, 1), "default", 0, 1);
  const openAttempts = [attempt(["worker-0"])];
  assert.deepEqual(run.at(1.9, { openAttempts }), []);
  assert.deepEqual(short(run.at(2, { openAttempts })), ["replay worker-0"]);
});

Deno.test("plan() makes a call whose answer was lost again although there is no demand any more", () => {
  assert.deepEqual(short(new Run().at(0, { openAttempts: [attempt(["worker-0"])] })), ["replay worker-0"]);
});

Deno.test("plan() tries zone after zone, type after type, then on demand, and each again after some minutes", () => {
  const tried = { zones: ["a", "b"], fallbackTypes: ["medium"], market: "spot-then-on-demand" } as const;
  const run = new Run(rules({ pools: [pool(tried)] }));
  const offered: string[] = [];
  const reasons: string[] = [];
  for (;;) {
    const [launch] = run.at(1, { scheduler: tasks(1) });
    if (launch?.kind !== "launch") break;
    offered.push(`${launch.spec.type} ${launch.spec.zone} ${launch.spec.market}`);
    reasons.push(launch.reason);
    run.memory = rememberNoCapacity(run.memory, [launch.spec], 1000);
  }
  assert.deepEqual([reasons[0], reasons[1], reasons.at(-1)], [
    "1 task to run",
    "1 task to run; no spot small in a",
    "1 task to run; no spot small in a, b, no spot medium in a, b, no on-demand small in a, b, no on-demand medium in a",
  ]);
  assert.deepEqual(offered, [
    ...["small a spot", "small b spot", "medium a spot", "medium b spot"],
    ...["small a on-demand", "small b on-demand", "medium a on-demand", "medium b on-demand"],
  ]);
  assert.deepEqual(run.at(CAPACITY_MEMORY_S + 0.9, { scheduler: tasks(1) }), []);
  assert.equal(run.at(CAPACITY_MEMORY_S + 1, { scheduler: tasks(1) }).length, 1);
});

Deno.test("plan() replaces a worker that takes no more tasks for its age, within the limit", () => {
  const workers = [daskWorker("worker-0", busy), daskWorker("worker-1", { ...busy, lifetimeLeftS: -1 })];
  const runnable = [{ resources: {}, count: 2 }];
  const [launch] = new Run().with(0, workers, { runnable });
  assert.deepEqual(short([launch!]), ["launch worker-2"]);
  assert.ok(launch?.kind === "launch");
  assertWording("reasons", "a launch beside a worker that is too old", launch.reason);
  const young = [workers[0]!, daskWorker("worker-1", { ...busy, lifetimeLeftS: 1 })];
  assert.deepEqual(new Run().with(0, young, { runnable }), []);
});

Deno.test("plan() replaces a worker that the cloud reclaims before it is gone, within the limit", () => {
  const workers = [daskWorker("worker-0", busy), daskWorker("worker-1", { ...busy, takenInS: 100 })];
  const runnable = [{ resources: {}, count: 2 }];
  const [launch] = new Run().with(0, workers, { runnable });
  assert.equal(launch?.kind, "launch");
  assertWording("reasons", "a launch beside a worker that the cloud reclaims", launch!.reason);
  assert.deepEqual(short([launch!]), ["launch worker-2"]);
  const full = new Run(rules({ pools: [pool({ maxWorkers: 2 })] }));
  assert.deepEqual(full.with(0, workers, { runnable }), []);
});

Deno.test("plan() tries spot offerings from the cheapest core on, those of no known price last, and on demand as configured", () => {
  const run = new Run(rules({
    pools: [pool({
      ...{ type: "big", fallbackTypes: ["small"], zones: ["a", "b"], market: "spot-then-on-demand" },
      spotPricePerCore: { "big/a": 0.03, "big/b": 0.01, "small/b": 0.02 },
    })],
  }));
  const tried: string[] = [];
  for (let atS = 0; atS < 8; atS++) {
    for (const action of run.at(atS, { scheduler: tasks(1) })) {
      if (action.kind !== "launch") continue;
      tried.push(`${action.spec.market} ${action.spec.type}/${action.spec.zone}`);
      run.memory = rememberNoCapacity(run.memory, [action.spec], atS * 1000);
    }
  }
  assert.deepEqual(tried, [
    ...["spot big/b", "spot small/b", "spot big/a", "spot small/a"],
    ...["on-demand big/a", "on-demand big/b", "on-demand small/a", "on-demand small/b"],
  ]);
});
