import assert from "node:assert/strict";
import type { Snapshot } from "../../../lib/model/mod.ts";
import { rememberKept, rememberTerminated } from "../../../lib/plan/memory.ts";
import { daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { REJOIN_S } from "../../../lib/plan/rules.ts";
import { Run, short } from "./_run.ts";

const busy = { processing: 1, executing: 1 };
const listing = (...names: string[]) => ({ instances: names.map((name) => instance(name)), complete: true });
const EMPTY: Partial<Snapshot> = { listing: listing() };

/** A run at a cloud's pace. */
const slow = () => new Run(rules({ goneAfterS: 30 }));

Deno.test("updateMemory() knows when a worker joined, left and came back", () => {
  const run = new Run();
  run.at(1, { listing: listing("worker-0") });
  assert.deepEqual([run.of("worker-0")!.joinedMs, run.of("worker-0")!.leftMs], [null, null]);
  run.with(2, [daskWorker("worker-0")]);
  run.with(3, [daskWorker("worker-0")]);
  assert.deepEqual([run.of("worker-0")!.joinedMs, run.of("worker-0")!.leftMs], [2000, null]);
  run.at(4, { listing: listing("worker-0") });
  run.at(5, { listing: listing("worker-0") });
  assert.deepEqual([run.of("worker-0")!.joinedMs, run.of("worker-0")!.leftMs], [2000, 4000]);
  run.with(6, [daskWorker("worker-0")]);
  assert.deepEqual([run.of("worker-0")!.joinedMs, run.of("worker-0")!.leftMs], [2000, null]);
});

Deno.test("updateMemory() takes an unreachable scheduler for no word about its workers", () => {
  const run = new Run();
  run.with(1, [daskWorker("worker-0")]);
  const before = run.of("worker-0");
  run.at(2, { scheduler: null, listing: listing("worker-0") });
  assert.deepEqual(run.of("worker-0"), before);
});

Deno.test("updateMemory() counts idle time from the first report without a task", () => {
  const run = new Run();
  run.with(1, [daskWorker("worker-0", busy)]);
  assert.equal(run.of("worker-0")!.idleSinceMs, null);
  run.with(2, [daskWorker("worker-0", { completed: 1 })]);
  run.with(3, [daskWorker("worker-0", { completed: 1 })]);
  assert.equal(run.of("worker-0")!.idleSinceMs, 2000);
  run.with(4, [daskWorker("worker-0", { processing: 1, completed: 1 })]);
  assert.equal(run.of("worker-0")!.idleSinceMs, null, "a task that was sent and has not begun is one");
});

Deno.test("updateMemory() counts idle time anew after a short task between two reports", () => {
  const run = new Run();
  run.with(1, [daskWorker("worker-0", { completed: 1 })]);
  run.with(9, [daskWorker("worker-0", { completed: 2 })]);
  assert.equal(run.of("worker-0")!.idleSinceMs, 9000);
});

Deno.test("updateMemory() forgets that a worker is kept when it has work, holds nothing or has left", () => {
  const changes = [
    [daskWorker("worker-0", { holdsResults: true, ...busy })],
    [daskWorker("worker-0", { holdsResults: true, completed: 1 })],
    [daskWorker("worker-0")],
    [],
  ];
  for (const workers of changes) {
    const run = new Run();
    run.with(1, [daskWorker("worker-0", { holdsResults: true })]);
    run.memory = rememberKept(run.memory, "i-worker-0", "a test", 1000);
    run.with(2, [daskWorker("worker-0", { holdsResults: true })]);
    assert.equal(run.of("worker-0")!.keptSinceMs, 1000);
    run.with(3, workers, {}, [instance("worker-0")]);
    assert.equal(run.of("worker-0")!.keptSinceMs, null);
  }
});

Deno.test("updateMemory() believes an instance gone when two listings 30 s apart lack it", () => {
  const run = slow();
  run.with(0, [daskWorker("worker-0", busy)]);
  run.at(10, EMPTY);
  run.at(39, EMPTY);
  assert.notEqual(run.of("worker-0"), undefined);
  run.at(40, EMPTY);
  assert.equal(run.of("worker-0"), undefined);
});

Deno.test("updateMemory() goes by when the listings were asked for, not by how long ago that was", () => {
  const run = slow();
  run.with(0, [daskWorker("worker-0", busy)]);
  run.at(10, EMPTY);
  run.at(1000, { ...EMPTY, listedAtMs: 10_000 });
  assert.notEqual(run.of("worker-0"), undefined);
});

Deno.test("updateMemory() counts from when the first answer that lacked it was there, since it may be as old as that", () => {
  const run = slow();
  run.with(0, [daskWorker("worker-0", busy)]);
  run.at(25, { ...EMPTY, listedAtMs: 10_000 });
  run.at(41, EMPTY);
  assert.notEqual(run.of("worker-0"), undefined);
  run.at(55, EMPTY);
  assert.equal(run.of("worker-0"), undefined);
});

Deno.test("updateMemory() takes back that an instance is missing when it is listed again", () => {
  const run = slow();
  run.at(0, { listing: listing("worker-0") });
  run.at(10, EMPTY);
  run.at(20, { listing: listing("worker-0") });
  run.at(45, EMPTY);
  assert.equal(run.of("worker-0")!.missingSinceMs, 45_000);
});

Deno.test("updateMemory() never takes a partial listing for a proof that an instance is gone", () => {
  const partial: Partial<Snapshot> = { listing: { instances: [], complete: false } };
  const run = slow();
  run.at(0, { listing: listing("worker-0") });
  run.at(10, partial);
  assert.equal(run.of("worker-0")!.missingSinceMs, null);
  run.at(20, EMPTY);
  run.at(100, partial);
  assert.notEqual(run.of("worker-0"), undefined);
  run.at(101, EMPTY);
  assert.equal(run.of("worker-0"), undefined);
});

Deno.test("updateMemory() lets a listing from before a launch say nothing about it", () => {
  const run = new Run();
  run.launched(5, instance("worker-0"));
  run.at(6, { ...EMPTY, listedAtMs: 4000 });
  run.at(7, { ...EMPTY, listedAtMs: 5000 });
  assert.notEqual(run.of("worker-0"), undefined);
  run.at(8, { ...EMPTY, listedAtMs: 5001 });
  assert.equal(run.of("worker-0"), undefined);
});

Deno.test("updateMemory() has the provider's newest word on an instance", () => {
  const run = new Run();
  run.launched(0, instance("worker-0", { state: "pending" }));
  run.at(1, { listing: { instances: [instance("worker-0", { zone: "b" })], complete: true } });
  assert.deepEqual([run.of("worker-0")!.instance.state, run.of("worker-0")!.instance.zone], ["running", "b"]);
});

Deno.test("updateMemory() counts a launched instance that is gone and never joined as a failed boot, once", () => {
  const run = new Run();
  run.launched(0, instance("worker-0"));
  run.at(1, EMPTY);
  run.at(2, EMPTY);
  assert.deepEqual(run.memory.failedBoots, [
    { id: "i-worker-0", pool: "default", name: "worker-0", attemptId: "attempt" },
  ]);
});

Deno.test("updateMemory() counts no failed boot for what joined once or was told to end", () => {
  const joined = new Run();
  joined.launched(0, instance("worker-0"));
  joined.with(1, [daskWorker("worker-0")]);
  joined.at(2, EMPTY);
  const told = new Run();
  told.launched(0, instance("worker-0"));
  told.memory = rememberTerminated(told.memory, ["i-worker-0"], "shutdown", 500);
  told.at(2, EMPTY);
  assert.deepEqual([joined.memory.failedBoots, told.memory.failedBoots], [[], []]);
});

Deno.test("updateMemory() forgives a pool's failed boots when one of that pool joins, and not another's", () => {
  const run = new Run(rules({ pools: [pool(), pool({ name: "gpu", resources: { GPU: 1 } })] }));
  run.launched(0, instance("worker-0"));
  run.launched(0, instance("worker-1", { pool: "gpu" }));
  run.at(1, EMPTY);
  assert.deepEqual(run.memory.failedBoots.map(({ pool }) => pool), ["default", "gpu"]);
  run.with(2, [daskWorker("worker-2")]);
  assert.deepEqual(run.memory.failedBoots.map(({ pool }) => pool), ["gpu"]);
});

Deno.test("a new daemon counts nothing against workers of a former one that it finds on their way out", () => {
  const run = new Run();
  const instances = [
    instance("worker-0", { state: "stopping" }),
    instance("worker-1", { ageS: 7200 }), // retired: not registered any more
    instance("worker-2", { state: "stopped" }),
  ];
  run.at(0, { listing: { instances, complete: true } });
  run.at(1, EMPTY);
  assert.deepEqual(run.memory.failedBoots, []);
});

Deno.test("a new daemon gives old workers a minute to find their scheduler, then ends them and launches others", () => {
  const old = Array.from({ length: 5 }, (_, i) => instance(`worker-${i}`, { ageS: 7200 }));
  const run = new Run(rules({ pools: [pool({ maxWorkers: 5 })] }));
  const there = { scheduler: tasks(9), listing: { instances: old, complete: true } };
  assert.deepEqual(run.at(0, there), []);
  assert.deepEqual(run.at(REJOIN_S, there), []);
  assert.deepEqual(short(run.at(REJOIN_S + 1, there)), [
    "terminate worker-0, worker-1, worker-2, worker-3, worker-4",
  ]);
  assert.deepEqual(run.memory.failedBoots, []);
  assert.equal(short(run.at(REJOIN_S + 2, { scheduler: tasks(9), ...EMPTY })).length, 1);
});

Deno.test("a scheduler that was started anew is given a minute to be found by those that have long been booting", () => {
  const run = new Run(rules({ pools: [pool({ bootTimeoutS: 100 })] }));
  const listing = { instances: [instance("worker-0")], complete: true };
  run.launched(0, instance("worker-0"));
  assert.deepEqual(run.at(99, { listing }), []);
  const anew = { listing, scheduler: report({ schedulerId: "Scheduler-2" }) };
  assert.deepEqual(run.at(110, anew), []);
  assert.deepEqual(short(run.at(111 + REJOIN_S, anew)), ["terminate worker-0"]);
});

Deno.test("a new daemon lets a former one's workers be idle for max_idle_time_s before it ends any", () => {
  const run = new Run();
  const workers = [daskWorker("worker-0", { completed: 7 }), daskWorker("worker-1")];
  const instances = workers.map(({ name }) => instance(name, { ageS: 7200 }));
  assert.deepEqual(run.with(0, workers, {}, instances), []);
  assert.deepEqual(run.with(59, workers, {}, instances), []);
  assert.deepEqual(short(run.with(60, workers, {}, instances)), ["retire worker-0, worker-1"]);
});

Deno.test("a manually started worker is neither counted nor ended", () => {
  const run = new Run();
  run.at(0, { scheduler: report({ workers: [daskWorker("worker-77")] }) });
  assert.deepEqual(run.memory.workers, {});
  assert.deepEqual(run.at(1000, { scheduler: report({ workers: [daskWorker("worker-77")] }) }), []);
});

Deno.test("a worker that joins after it was terminated serves, and is not terminated again", () => {
  const run = new Run(rules({ pools: [pool({ bootTimeoutS: 100 })] }));
  const there = { listing: listing("worker-0") };
  run.at(0, there);
  assert.deepEqual(short(run.at(101, there)), ["terminate worker-0"]);
  run.memory = rememberTerminated(run.memory, ["i-worker-0"], "it is late", 101_000);
  assert.deepEqual(run.with(103, [daskWorker("worker-0", busy)]), []);
  assert.deepEqual(run.with(200, [daskWorker("worker-0", busy)]), []);
});

Deno.test("updateMemory() gives a name's registration to the instance that is listed, or else to the newest", () => {
  const earlier = instance("worker-0", { id: "i-earlier", pool: "gpu", state: "pending", ageS: 500 });
  const run = new Run(rules({ goneAfterS: 30, maxIdleTimeS: 0 }));
  const actions = run.with(1, [daskWorker("worker-0", busy)], {}, [instance("worker-0")]);
  const again = run.at(2, {
    scheduler: report({
      workers: [daskWorker("worker-0")],
      requests: [{ pool: "default", workers: 1, leftS: 9 }],
    }),
    listing: listing("worker-0"),
    launchedBefore: [earlier],
  });
  assert.deepEqual([actions, again], [[], []], "no pool asks for i-earlier, whose name worker-0 has now");
  assert.equal(run.memory.workers["i-earlier"]!.joinedMs, null);
  const unlisted = new Run(rules({ goneAfterS: 30 }));
  unlisted.at(1, { listing: null, scheduler: null, launchedBefore: [instance("worker-0"), earlier] });
  unlisted.at(2, { ...EMPTY, scheduler: report({ workers: [daskWorker("worker-0")] }) });
  assert.deepEqual(
    Object.values(unlisted.memory.workers).map(({ instance: { id }, joinedMs }) => [id, joinedMs]),
    [["i-worker-0", 2000], ["i-earlier", null]],
  );
});
