import assert from "node:assert/strict";
import { AuthError, CapacityError, SchedulerError, XcoreError } from "../../lib/errors.ts";
import { FIRST_STATE, type TickState } from "../../lib/reconcile/state.ts";
import { tick } from "../../lib/reconcile/tick.ts";
import { daskWorker, instance, report, tasks } from "../fakes/builders.ts";
import { World } from "../fakes/world.ts";

async function ticks(world: World, count: number, from: TickState = FIRST_STATE): Promise<TickState> {
  let state = from;
  for (let i = 0; i < count; i++) {
    world.nowMs += 1000;
    state = await tick(world.deps, state);
  }
  return state;
}

Deno.test("tick() writes a launch down before it makes the call, and its answer after", async () => {
  const world = new World();
  world.report = tasks(2);
  await ticks(world, 1);
  assert.deepEqual(world.deeds, ["openAttempt 1", "launch 1 worker-0 worker-1", "closeAttempt 1", "record"]);
  assert.deepEqual(world.results.get("1"), { ids: ["i-worker-0", "i-worker-1"], error: null });
});

Deno.test("tick() launches nothing that it cannot write down", async () => {
  const world = new World();
  world.report = tasks(1);
  world.failNext.set("openAttempt", new Error("disk full"));
  const state = await ticks(world, 1);
  assert.deepEqual(world.deeds, ["openAttempt 1"]);
  assert.match(state.failures.launch!.message, /disk full/);
});

Deno.test("tick() launches nothing while the history cannot be read", async () => {
  const world = new World();
  world.report = tasks(1);
  world.failNext.set("openAttempts", new Error("no such table"));
  const state = await ticks(world, 1);
  assert.deepEqual(world.deeds, []);
  assert.match(state.failures.history!.message, /no such table/);
});

Deno.test("tick() makes a call whose answer was lost again, with the same token, and nothing beside it", async () => {
  const world = new World();
  world.report = tasks(1);
  world.failNext.set("launch", new Error("connection reset"));
  const state = await ticks(world, 1);
  assert.equal(world.open.size, 1);
  world.calls.length = 0;
  await ticks(world, 1, state);
  assert.deepEqual(world.deeds, ["launch 1 worker-0", "closeAttempt 1", "record"]);
});

Deno.test("tick() of a new daemon takes up what a killed one had launched", async () => {
  const world = new World();
  world.report = tasks(2);
  await world.deps.journal.openAttempt({
    ...{ id: "old", pool: "default", type: "small", accelerator: null, acceleratorCount: 0, resources: {} },
    ...{ zone: null, market: "on-demand", slots: 1, names: ["worker-0"], atMs: 0 },
  });
  world.instances = [instance("worker-0", { attemptId: "old" })];
  await ticks(world, 3);
  assert.deepEqual(world.instances.map(({ name, attemptId }) => [name, attemptId]), [["worker-0", "old"], [
    "worker-1",
    "1",
  ]]);
  assert.equal(world.open.size, 0);
});

Deno.test("tick() takes an XcoreError for an answer: the attempt is closed, and a new one made later", async () => {
  const world = new World();
  world.report = tasks(1);
  world.failNext.set("launch", new AuthError("Cannot launch: refused", "Log in."));
  const state = await ticks(world, 1);
  assert.deepEqual([world.open.size, world.results.get("1")], [0, {
    ids: [],
    error: "Cannot launch: refused",
  }]);
  assert.equal(state.failures.launch?.hint, "Log in.");
  const after = await ticks(world, 2, state);
  assert.equal(after.failures.launch, undefined);
  assert.deepEqual(world.instances.map(({ attemptId }) => attemptId), ["2"]);
});

Deno.test("tick() remembers an offer without capacity", async () => {
  const world = new World();
  world.report = tasks(1);
  world.failNext.set("launch", new CapacityError("Cannot launch: none left", "Wait."));
  const state = await ticks(world, 1);
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/any/on-demand"]);
});

Deno.test("tick() terminates what the scheduler let go, and nothing that it calls busy or kept", async () => {
  const world = new World();
  const names = ["worker-0", "worker-1", "worker-2"];
  world.instances = names.map((name) => instance(name));
  world.report = report({ workers: names.map((name) => daskWorker(name)) });
  world.retireAs.set("worker-1", "busy").set("worker-2", "kept");
  const state = await ticks(world, 1);
  world.nowMs = 61_000;
  const after = await ticks(world, 1, state);
  assert.deepEqual(world.deeds.slice(-3), [
    "retire worker-0 worker-1 worker-2",
    "terminate i-worker-0",
    "record",
  ]);
  assert.ok(after.memory.workers["i-worker-2"]!.keptSinceMs !== null);
  assert.deepEqual(world.decided.at(-1)!.names, ["worker-0"]);
});

Deno.test("tick() does nothing while the scheduler is deaf, and says so once", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.report = null;
  const state = await ticks(world, 5);
  assert.deepEqual(world.deeds, []);
  assert.deepEqual(world.log, ["! Cannot reach the scheduler: deaf"]);
  world.report = report();
  await ticks(world, 1, state);
  assert.equal(world.log.at(-1), "no longer: Cannot reach the scheduler: deaf");
});

Deno.test("tick() does nothing while another daemon holds the lease, and names it", async () => {
  const world = new World();
  world.report = tasks(3);
  world.leaseHolder = "other-machine:/home/ann/.xcore";
  const state = await ticks(world, 2);
  assert.deepEqual(world.deeds, []);
  assert.match(state.failures.lease!.message, /other-machine/);
});

Deno.test("tick() goes on with the last listing when the provider does not answer", async () => {
  const world = new World();
  world.report = tasks(1);
  const state = await ticks(world, 1);
  world.failNext.set("list", new XcoreError("Cannot list: away", "Wait."));
  const after = await ticks(world, 1, state);
  assert.equal(after.failures.listing?.message, "Cannot list: away");
  assert.equal(world.instances.length, 1);
  assert.equal(world.deeds.filter((deed) => deed.startsWith("launch")).length, 1);
});

Deno.test("tick() never rejects, whatever fails", async () => {
  for (
    const part of [
      "list",
      "report",
      "lease",
      "openAttempts",
      "openAttempt",
      "launch",
      "closeAttempt",
      "record",
    ]
  ) {
    const world = new World();
    world.report = tasks(1);
    world.failNext.set(part, new TypeError(part));
    const state = await ticks(world, 1);
    assert.ok(Object.values(state.failures).length > 0, part);
    assert.equal(
      (await ticks(world, 4, state)).memory.workers["i-worker-0"]?.instance.name,
      "worker-0",
      part,
    );
  }
});

Deno.test("a SchedulerError in the middle of a retirement ends nobody", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.report = report({ workers: [daskWorker("worker-0")] });
  const state = await ticks(world, 1);
  world.nowMs = 61_000;
  world.failNext.set("retire", new SchedulerError("Cannot reach the scheduler: deaf", "Wait."));
  const after = await ticks(world, 1, state);
  assert.equal(world.deeds.some((deed) => deed.startsWith("terminate")), false);
  assert.ok(after.failures.retire);
});
