import assert from "node:assert/strict";
import { ProtocolError, XcoreError } from "../../../lib/errors.ts";
import { sentence } from "../../../lib/reconcile/tick.ts";
import { attempt, daskWorker, instance, report, rules, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

Deno.test("tick() does nothing while the scheduler is unreachable, and logs that once", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  world.report = null;
  const state = await world.ticks(5);
  assert.deepEqual(world.deeds, []);
  assert.deepEqual(world.log, ["! Cannot reach the scheduler: no answer"]);
  world.report = report();
  await world.ticks(3, state);
  assert.deepEqual(world.log.slice(1), ["no longer: Cannot reach the scheduler: no answer"]);
});

Deno.test("tick() logs a failure again when its reason changes", async () => {
  const world = new World();
  let state = await world.ticks(0);
  for (const message of ["a", "a", "b"]) {
    world.recorder.failNext.set("list", new XcoreError(message, ""));
    state = await world.ticks(1, state);
  }
  assert.deepEqual(world.log, ["! a", "! b"]);
});

Deno.test("tick() does nothing while another daemon holds the lease, and continues once it has it", async () => {
  const world = new World();
  world.report = tasks(3);
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  const state = await world.ticks(2);
  assert.deepEqual(world.deeds, []);
  assert.match(state.failures.lease_held!.message, /other-machine/);
  world.scheduler.leaseHolder = null;
  await world.ticks(1, state);
  assert.equal(world.instances.length, 3);
});

Deno.test("tick() launches nothing by an incomplete listing after another daemon had the lease", async () => {
  const world = new World();
  const state = await world.ticks(2);
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  const meanwhile = await world.ticks(2, state);
  world.scheduler.leaseHolder = null;
  world.report = tasks(3);
  const { listing } = world.cloud;
  world.cloud.listing = () => ({ instances: [], complete: false });
  const unsure = await world.ticks(3, meanwhile);
  assert.deepEqual(world.deeds, []);
  world.cloud.listing = listing;
  await world.ticks(1, unsure);
  assert.equal(world.instances.length, 3);
});

Deno.test("tick() keeps how long boots take for the daemon that comes after it", async () => {
  const world = new World();
  world.rules = rules({ maxIdleTimeS: "auto" });
  world.report = tasks(1);
  const state = await world.ticks(1);
  world.report = tasks(0, { workers: [daskWorker("worker-0")] });
  const joined = await world.ticks(70, await world.ticks(2, state));
  assert.deepEqual(joined.memory.bootS, { "default/small": 1 });
  assert.equal(world.deeds.filter((deed) => deed.startsWith("recordBoots")).length, 1);
  const next = await world.ticks(5);
  assert.deepEqual(next.memory.bootS, joined.memory.bootS);
});

Deno.test("tick() uses the last listing when the platform does not answer", async () => {
  const world = new World();
  world.report = tasks(1);
  const state = await world.ticks(1);
  world.recorder.failNext.set("list", new XcoreError("Cannot list: away", "Wait."));
  const after = await world.ticks(1, state);
  assert.equal(after.failures.provider_unreachable?.message, "Cannot list: away");
  assert.equal(world.deeds.filter((deed) => deed.startsWith("launch")).length, 1);
});

Deno.test("tick() never rejects, whatever fails, and reaches the same result", async () => {
  const parts = [
    ...["list", "report", "lease", "openAttempts", "openAttempt", "launch", "closeAttempt", "record"],
  ];
  for (const part of parts) {
    for (const way of ["failNext", "loseNext"] as const) {
      for (const failure of [new TypeError(part), part, undefined, new XcoreError(part, "")]) {
        const world = new World();
        world.report = tasks(1);
        world.recorder[way].set(part, failure);
        const state = await world.ticks(1);
        assert.notEqual(Object.keys(state.failures).length, 0, part);
        const after = await world.ticks(4, state);
        assert.deepEqual(after.failures, {}, part);
        assert.deepEqual(world.instances.map(({ name }) => name), ["worker-0"], part);
        assert.equal(world.history.open.size, 0, part);
      }
    }
  }
});

Deno.test("tick() never rejects for a history that cannot record which instances are gone", async () => {
  const world = new World();
  world.report = tasks(1);
  let state = await world.ticks(1);
  world.instances = [];
  world.report = report();
  world.recorder.failNext.set("forget", new Error("disk full"));
  state = await world.ticks(1, state);
  assert.match(state.failures.history_unwritable!.message, /disk full/);
  assert.deepEqual((await world.ticks(1, state)).failures, {});
});

Deno.test("tick() carries out the other actions when one fails", async () => {
  const world = new World();
  world.instances = [instance("worker-0", { state: "stopped" })];
  world.report = tasks(2);
  world.recorder.failNext.set("terminate", new Error("away"));
  const state = await world.ticks(1);
  assert.deepEqual(world.deeds.filter((deed) => deed !== "record"), [
    "retire worker-0",
    "terminate i-worker-0",
    "openAttempt 1",
    "launch 1 worker-1 worker-2",
    "closeAttempt 1",
  ]);
  assert.deepEqual(Object.keys(state.failures), ["terminate_failed"]);
});

Deno.test("a worker is launched for a task and retires when idle, and the log has both reasons", async () => {
  const world = new World();
  world.report = tasks(1);
  let state = await world.ticks(3);
  world.report = tasks(1, { workers: [daskWorker("worker-0", { processing: 1, executing: 1 })] });
  state = await world.ticks(100, state);
  world.report = report({ workers: [daskWorker("worker-0", { completed: 1 })] });
  await world.ticks(62, state);
  assert.deepEqual(world.instances, []);
  assert.deepEqual(world.log, [
    "launch worker-0 (default, small): 1 task to run",
    "retire worker-0: no task for 60 s",
  ]);
});

Deno.test("sentence() of a call that is made again", () => {
  const again = { kind: "replay", attempt: attempt(["worker-0", "worker-1"]), reason: "its answer was lost" };
  assert.equal(
    sentence({ ...again, kind: "replay" }),
    "launch worker-0, worker-1 again: its answer was lost",
  );
});

Deno.test("tick() does nothing with a scheduler of another protocol, says so, and goes on once it speaks ours", async () => {
  const world = new World();
  world.report = tasks(1);
  let state = await world.ticks(2);
  const running = tasks(1, { workers: [daskWorker("worker-0", { processing: 1, executing: 1 })] });
  world.report = running;
  state = await world.ticks(1, state);
  const before = world.deeds;
  world.report = null;
  world.scheduler.failure = new ProtocolError("it speaks protocol 0", "`xcore restart`");
  state = await world.ticks(1000, state);
  assert.deepEqual(world.deeds, before);
  assert.deepEqual(Object.keys(state.failures), ["scheduler_unreachable"]);
  assert.ok(state.failures.scheduler_unreachable instanceof ProtocolError);
  world.report = running;
  state = await world.ticks(2, state);
  assert.deepEqual(state.failures, {});
  assert.deepEqual(world.instances.map(({ name }) => name), ["worker-0"]);
});
