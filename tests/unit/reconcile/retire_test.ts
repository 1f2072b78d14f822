import assert from "node:assert/strict";
import { SchedulerError, ThrottledError } from "../../../lib/errors.ts";
import { rememberTerminated } from "../../../lib/plan/memory.ts";
import { workersOf } from "../../../lib/plan/worker.ts";
import { daskWorker, instance, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** Workers that have been idle for a minute at the next tick. */
async function idleFor(seconds: number, names: string[], world = new World()) {
  world.instances = names.map((name) => instance(name));
  world.report = report({ workers: names.map((name) => daskWorker(name)) });
  return { world, state: await world.ticks(seconds) };
}

Deno.test("workers that retired are terminated, and none that are busy, kept or unknown", async () => {
  const { world, state } = await idleFor(60, ["worker-0", "worker-1", "worker-2", "worker-3"]);
  assert.deepEqual(world.deeds, []);
  world.scheduler.retireAs.set("worker-1", "busy").set("worker-2", "kept").set("worker-3", "unknown");
  const after = await world.ticks(1, state);
  assert.deepEqual(world.deeds, [
    "retire worker-0 worker-1 worker-2 worker-3",
    "terminate i-worker-0",
    "record",
  ]);
  assert.ok(after.memory.workers["i-worker-2"]!.keptSinceMs !== null);
  assert.deepEqual(world.history.decided.at(-1)!.names, ["worker-0"]);
});

Deno.test("a worker that is kept says why", async () => {
  const { world, state } = await idleFor(60, ["worker-0"]);
  world.scheduler.retireAs.set("worker-0", "kept");
  world.scheduler.reasons = { "worker-0": "result lock cannot be moved" };
  const after = await world.ticks(1, state);
  assert.equal(after.memory.workers["i-worker-0"]!.reason, "result lock cannot be moved");
});

Deno.test("a retirement that is not answered keeps no launch from its tick, and the scheduler is asked nothing more", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool(), pool({ name: "gpu", resources: { GPU: 1 } })] });
  world.instances = [instance("worker-0"), instance("worker-1", { pool: "gone" })];
  world.report = report({
    workers: [daskWorker("worker-0"), daskWorker("worker-1", { processing: 1, executing: 1 })],
  });
  const state = await world.ticks(60);
  world.report = report({
    workers: [daskWorker("worker-0"), daskWorker("worker-1")],
    runnable: [{ resources: { GPU: 1 }, count: 1 }],
  });
  const silent = new SchedulerError("Cannot reach the scheduler: no answer within 8 s", "Wait.");
  world.recorder.failNext.set("retire", silent);
  const after = await world.ticks(1, state);
  const asked = world.deeds.filter((deed) => deed.startsWith("retire"));
  assert.deepEqual(asked, ["retire worker-0"]);
  assert.ok(world.deeds.some((deed) => deed.startsWith("launch 1")), world.deeds.join("; "));
  assert.equal(after.failures.retire_failed, silent);
  await world.ticks(1, after);
  assert.ok(world.deeds.includes("retire worker-1"), "the next tick asks again");
});

Deno.test("workers beyond a lowered max_workers get no more tasks, with the reason, and some again when it is raised", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ maxWorkers: 1 })] });
  world.instances = [instance("worker-0"), instance("worker-1")];
  const busy = { processing: 1, executing: 1 };
  world.report = report({
    workers: [daskWorker("worker-0", busy), daskWorker("worker-1", busy)],
    runnable: [{ resources: {}, count: 9 }],
  });
  const state = await world.ticks(2);
  assert.deepEqual(world.deeds.filter((deed) => deed !== "record"), ["drain worker-0"]);
  assert.equal(state.memory.workers["i-worker-0"]!.reason, "max_workers is now 1");
  assert.deepEqual(world.history.decided.map(({ action, names }) => [action, names]), [["drain", [
    "worker-0",
  ]]]);
  world.rules = rules({ pools: [pool({ maxWorkers: 2 })] });
  await world.ticks(2, state);
  assert.ok(world.deeds.includes("undrain worker-0"));
});

Deno.test("a cancellation that cancels nothing is no decision", async () => {
  const world = new World();
  world.rules = rules({ maxIdleTimeS: 10, holdResultsS: 5 });
  world.instances = [instance("worker-0")];
  world.report = report({ workers: [daskWorker("worker-0", { holdsResults: true })] });
  const state = await world.ticks(15);
  world.scheduler.cancelHeldBy = () => Promise.resolve(0);
  await world.ticks(2, state);
  assert.deepEqual(world.history.decided, []);
});

Deno.test("a retirement of no worker is no decision", async () => {
  const { world, state } = await idleFor(60, ["worker-0"]);
  world.scheduler.retireAs.set("worker-0", "busy");
  await world.ticks(1, state);
  assert.deepEqual(world.deeds, ["retire worker-0"]);
  assert.deepEqual(world.history.decided, []);
});

Deno.test("a scheduler that becomes unreachable during a retirement ends no worker", async () => {
  const { world, state } = await idleFor(60, ["worker-0"]);
  const unreachable = new SchedulerError("Cannot reach the scheduler: no answer", "Wait.");
  world.recorder.failNext.set("retire", unreachable);
  const after = await world.ticks(1, state);
  assert.equal(world.deeds.some((deed) => deed.startsWith("terminate")), false);
  assert.equal(after.failures.retire_failed, unreachable);
});

Deno.test("a retired worker that could not be terminated serves no tasks, and is terminated again", async () => {
  const { world, state } = await idleFor(60, ["worker-0"]);
  world.recorder.failNext.set("terminate", new ThrottledError("Cannot terminate: slow down", "Wait."));
  const after = await world.ticks(1, state);
  assert.equal(world.instances.length, 1);
  assert.ok(after.failures.retire_failed instanceof ThrottledError);
  world.report = tasks(1);
  const later = await world.ticks(1, after);
  assert.ok(world.deeds.includes("launch 1 worker-1"), "its work needs another");
  await world.ticks(5, later);
  assert.deepEqual(world.instances.map(({ name }) => name), ["worker-1"]);
});

Deno.test("a worker that outlives its end, and is busy or kept when it is to end again, serves as before", async () => {
  const { world, state } = await idleFor(1, ["worker-0", "worker-1", "worker-2"]);
  world.rules = rules({ terminateAgainS: 5 });
  world.scheduler.retireAs.set("worker-0", "busy").set("worker-1", "kept");
  const ids = ["i-worker-0", "i-worker-1", "i-worker-2"];
  const told = rememberTerminated(state.memory, ids, "a budget that has been raised since", 1000);
  const after = await world.ticks(5, { ...state, memory: told });
  assert.ok(world.deeds.includes("terminate i-worker-2"));
  const left = workersOf(after.memory, after.report).filter(({ state }) => state !== "stopping");
  assert.deepEqual(left.map(({ memory, state }) => [memory.instance.name, state]), [
    ["worker-0", "running"],
    ["worker-1", "running"],
  ]);
});

Deno.test("an instance is ended without a word to the worker that has its name now", async () => {
  const world = new World();
  world.instances = [
    instance("worker-0", { id: "i-old", ageS: 700, state: "pending" }),
    instance("worker-0", { id: "i-new" }),
  ];
  world.report = report({ workers: [daskWorker("worker-0", { processing: 1, executing: 1 })] });
  await world.ticks(700);
  assert.ok(world.deeds.includes("terminate i-old"), world.deeds.join(", "));
  assert.ok(!world.deeds.some((deed) => deed.startsWith("retire")), world.deeds.join(", "));
});

Deno.test("a call to terminate that failed is made again within seconds, and one that was answered much later", async () => {
  const { world, state } = await idleFor(1, ["worker-0"]);
  world.rules = rules({ maxIdleTimeS: 0, terminateAgainS: 60 });
  world.report = report();
  world.cloud.tell = () => {};
  world.recorder.failNext.set("terminate", new Error("connection reset"));
  const calls = () => world.deeds.filter((deed) => deed === "terminate i-worker-0").length;
  const told = rememberTerminated(state.memory, ["i-worker-0"], "idle", world.clock.monotonicMs(), true);
  const after = await world.ticks(6, { ...state, memory: told });
  assert.equal(calls(), 1);
  const again = await world.ticks(6, after);
  assert.equal(calls(), 2, "the first one failed, too");
  const later = await world.ticks(50, again);
  assert.equal(calls(), 2);
  await world.ticks(20, later);
  assert.equal(calls(), 3);
});

Deno.test("an instance that did not join and cannot be terminated is one failed boot, and is terminated again", async () => {
  const world = new World();
  world.rules = rules({ terminateAgainS: 5 });
  world.report = tasks(1);
  let state = await world.ticks(601);
  for (let i = 0; i < 20; i++) {
    world.recorder.failNext.set("terminate", new ThrottledError("Cannot terminate: slow down", "Wait."));
    state = await world.ticks(1, state);
  }
  assert.equal(state.memory.failedBoots.length, 1);
  assert.equal(world.deeds.filter((deed) => deed === "terminate i-worker-0").length, 4);
  assert.ok(state.failures.terminate_failed, "it stands from one try to the next");
  assert.deepEqual(
    world.history.decided.map(({ action }) => action),
    ["launch", "launch"],
    "nothing came of it",
  );
  assert.equal(world.log.filter((line) => line.startsWith("!")).length, 1);
  world.recorder.failNext.clear();
  state = await world.ticks(6, state);
  assert.deepEqual(world.instances.map(({ id }) => id), ["i-worker-1"]);
  assert.deepEqual(state.failures, {});
});

Deno.test("results are cancelled with a reason", async () => {
  const world = new World();
  world.rules = rules({ maxIdleTimeS: 10, holdResultsS: 5 });
  world.instances = [instance("worker-0")];
  world.report = report({ workers: [daskWorker("worker-0", { holdsResults: true })] });
  const state = await world.ticks(16);
  assert.deepEqual(world.deeds, ["cancel worker-0", "record"]);
  const [{ action, names, reason }] = world.history.decided as [typeof world.history.decided[0]];
  assert.deepEqual([action, names], ["cancel", ["worker-0"]]);
  assert.match(reason, /^hold_results_s: .* 5 s/);
  await world.ticks(1, state);
  assert.deepEqual(world.instances, []);
});

Deno.test("a late worker that joins and gets a task at the last moment is not terminated", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ bootTimeoutS: 100 })] });
  world.instances = [instance("worker-0"), instance("worker-1")];
  const state = await world.ticks(100);
  world.scheduler.retireAs.set("worker-0", "busy").set("worker-1", "unknown");
  await world.ticks(1, state);
  assert.deepEqual(world.deeds.filter((deed) => deed !== "record"), [
    "retire worker-0 worker-1",
    "terminate i-worker-1",
  ]);
});
