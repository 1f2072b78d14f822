import assert from "node:assert/strict";
import {
  AuthError,
  CapacityError,
  QuotaError,
  ThrottledError,
  type XcoreError,
} from "../../../lib/errors.ts";
import type { Instance } from "../../../lib/model/mod.ts";
import { CAPACITY_MEMORY_S, REJOIN_S, UNDER_WAY_S } from "../../../lib/plan/rules.ts";
import { attempt, daskWorker, pool, report, rules, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

const out = () => new CapacityError("Cannot launch workers: none left", "Wait.");
const GPU_POOL = pool({ name: "gpu", type: "with-gpu", resources: { GPU: 1 } });
const quota = () => new QuotaError("Cannot launch workers: the limit is 0", "Ask for more.");

Deno.test("a launch is recorded before the call is made, and its answer after", async () => {
  const world = new World();
  world.report = tasks(2);
  await world.ticks(1);
  assert.deepEqual(world.deeds, ["openAttempt 1", "launch 1 worker-0 worker-1", "closeAttempt 1", "record"]);
  assert.deepEqual(world.history.results.get("1"), {
    launched: [{ name: "worker-0", id: "i-worker-0" }, { name: "worker-1", id: "i-worker-1" }],
    error: null,
  });
  assert.deepEqual(world.history.decided, [
    { atMs: 1000, action: "launch", names: ["worker-0", "worker-1"], reason: "2 tasks to run" },
  ]);
});

Deno.test("a launch that cannot be recorded is not made", async () => {
  const world = new World();
  world.report = tasks(1);
  world.recorder.failNext.set("openAttempt", new Error("disk full"));
  const state = await world.ticks(1);
  assert.deepEqual(world.deeds, ["openAttempt 1"]);
  assert.match(state.failures.launch_failed!.message, /disk full/);
  assert.deepEqual((await world.ticks(1, state)).failures, {});
  assert.equal(world.instances.length, 1);
});

Deno.test("nothing is launched while the history cannot be read", async () => {
  const world = new World();
  world.report = tasks(1);
  world.recorder.failNext.set("openAttempts", new Error("no such table"));
  const state = await world.ticks(1);
  assert.deepEqual(world.deeds, []);
  assert.match(state.failures.history_unwritable!.message, /no such table/);
});

Deno.test("a call that did not arrive is made again with the same token, and no other call beside it", async () => {
  const world = new World();
  world.report = tasks(1);
  world.recorder.failNext.set("launch", new Error("connection refused"));
  const state = await world.ticks(1);
  assert.deepEqual([...world.history.open.keys()], ["1"]);
  world.calls.length = 0;
  await world.ticks(1, state);
  assert.deepEqual(world.deeds, ["launch 1 worker-0", "closeAttempt 1", "record"]);
});

Deno.test("a call whose answer was lost launches nothing twice", async () => {
  for (const lost of ["launch", "closeAttempt", "openAttempt"]) {
    const world = new World();
    world.report = tasks(2);
    world.recorder.loseNext.set(lost, new Error("connection reset"));
    await world.ticks(4);
    assert.deepEqual(world.instances.map(({ name, attemptId }) => [name, attemptId]), [
      ["worker-0", "1"],
      ["worker-1", "1"],
    ], lost);
    assert.equal(world.history.open.size, 0, lost);
  }
});

/** The seconds, of so many, at which a launch is called for that never goes through. */
async function callsInVain(world: World, seconds: number): Promise<number[]> {
  world.report = tasks(1);
  const madeAt: number[] = [];
  let state = await world.ticks(0);
  for (let second = 0; second < seconds; second++) {
    world.recorder.failNext.set("launch", new Error("no route to host"));
    const before = world.calls.length;
    state = await world.ticks(1, state);
    if (world.calls.slice(before).some((call) => call.startsWith("launch"))) madeAt.push(second);
  }
  return madeAt;
}

Deno.test("a call that never arrives is made again with a growing delay, up to a minute", async () => {
  const world = new World();
  assert.deepEqual(await callsInVain(world, 250), [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  assert.deepEqual([...world.history.open.keys()], ["1"]);
  assert.equal(world.log.filter((line) => line.startsWith("!")).length, 1);
});

Deno.test("daemons whose calls fail at the same time retry at different times", async () => {
  const world = new World();
  world.fraction = 0.5;
  assert.deepEqual(await callsInVain(world, 120), [0, 1, 3, 6, 12, 24, 48, 93]);
});

Deno.test("a new daemon takes over what a killed one had launched", async () => {
  const world = new World();
  world.report = tasks(2);
  const old = attempt(["worker-0"], { id: "old" });
  world.history.open.set("old", old);
  world.cloud.launch(world.provider.clusterId, old);
  await world.ticks(3);
  assert.deepEqual(world.instances.map(({ name, attemptId }) => [name, attemptId]), [
    ["worker-0", "old"],
    ["worker-1", "1"],
  ]);
  assert.equal(world.history.open.size, 0);
});

Deno.test("an XcoreError is an answer: the attempt is closed, and a new one made later", async () => {
  const world = new World();
  world.report = tasks(1);
  world.recorder.failNext.set("launch", new AuthError("Cannot launch: refused", "Log in."));
  const state = await world.ticks(1);
  assert.equal(world.history.open.size, 0);
  assert.deepEqual(world.history.results.get("1"), { launched: [], error: "Cannot launch: refused" });
  assert.equal(state.failures.launch_failed?.hint, "Log in.");
  const after = await world.ticks(2, state);
  assert.equal(after.failures.launch_failed, undefined);
  assert.deepEqual(world.instances.map(({ attemptId }) => attemptId), ["2"]);
});

Deno.test("an offering without capacity is skipped, and the next tick tries the next one", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ zones: ["a", "b"] })] });
  world.report = tasks(1);
  world.recorder.failNext.set("launch", out());
  const state = await world.ticks(1);
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/a/on-demand"]);
  assert.deepEqual((await world.ticks(1, state)).failures, {});
  assert.deepEqual(world.instances.map(({ zone }) => zone), ["b"]);
});

Deno.test("a quota of one purchase option leads to the next, and is not tried again at each tick", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ market: "spot-then-on-demand" })] });
  world.report = tasks(1);
  world.recorder.failNext.set("launch", quota());
  const state = await world.ticks(2);
  assert.deepEqual(world.instances.map(({ market }) => market), ["on-demand"]);
  assert.deepEqual(state.failures, {});

  const poor = new World();
  poor.report = tasks(1);
  poor.recorder.failNext.set("launch", quota());
  const refused = await poor.ticks(1);
  const later = await poor.ticks(CAPACITY_MEMORY_S - 1, refused);
  assert.ok(later.failures.launch_failed instanceof QuotaError, "it stands until it is tried again");
  assert.deepEqual(poor.deeds.filter((deed) => deed.startsWith("launch")), ["launch 1 worker-0"]);
});

Deno.test("a quota holds in all zones, and is not tried in each of them", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ zones: ["a", "b"], fallbackTypes: ["medium"] })] });
  world.report = tasks(1);
  world.recorder.failNext.set("launch", quota());
  const state = await world.ticks(2);
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/a/on-demand", "small/b/on-demand"]);
  assert.deepEqual(world.instances.map(({ type, zone }) => `${type} ${zone}`), ["medium a"]);
});

Deno.test("a quota that still counts what is stopping closes nothing, and is tried again soon, but not for ever", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ zones: ["a", "b"], fallbackTypes: ["medium"], maxWorkers: 1 })] });
  world.rules = { ...world.rules, stoppingCosts: false, maxIdleTimeS: 0 };
  world.cloud.stopS = 1000;
  world.report = tasks(1);
  let state = await world.ticks(1);
  world.report = report({ workers: [daskWorker("worker-0")] });
  state = await world.ticks(2, state); // it is idle, and terminated
  world.report = tasks(1);
  world.recorder.failNext.set("launch", quota());
  state = await world.ticks(5, state);
  assert.deepEqual(state.memory.noCapacityUntilMs, {});
  assert.deepEqual(world.instances.map(({ name, zone }) => `${name} ${zone}`), ["worker-0 a", "worker-1 a"]);

  world.report = report();
  world.rules = { ...world.rules, pools: [pool({ zones: ["a"], fallbackTypes: ["medium"], maxWorkers: 9 })] };
  world.report = tasks(2);
  for (let i = 0; i < 300; i++) {
    world.recorder.failNext.set("launch", quota());
    state = await world.ticks(1, state);
    if (Object.keys(state.memory.noCapacityUntilMs).length > 0) break;
  }
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/a/on-demand"]);
});

Deno.test("a launch that returned fewer instances than it asked for is followed by one for the rest", async () => {
  const world = new World();
  world.report = tasks(3);
  world.cloud.refused = ["worker-1"];
  const state = await world.ticks(1);
  assert.deepEqual(world.instances.map(({ name }) => name), ["worker-0", "worker-2"]);
  world.cloud.refused = [];
  await world.ticks(1, state);
  assert.deepEqual(world.deeds.filter((deed) => deed.startsWith("launch")), [
    "launch 1 worker-0 worker-1 worker-2",
    "launch 2 worker-1",
  ]);
});

Deno.test("one pool's launch does not hide that another's failed in the same tick", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool(), GPU_POOL] });
  world.report = report({ runnable: [{ resources: { GPU: 1 }, count: 1 }, { resources: {}, count: 1 }] });
  world.recorder.failNext.set("launch", quota());
  const state = await world.ticks(1);
  assert.deepEqual(world.instances.map(({ pool }) => pool), ["gpu"]);
  assert.ok(state.failures.launch_failed instanceof QuotaError);
  assert.deepEqual((await world.ticks(CAPACITY_MEMORY_S, state)).failures, {});
});

Deno.test("a pool's quota does not slow another pool down", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool(), GPU_POOL] });
  world.report = report({ runnable: [{ resources: { GPU: 1 }, count: 1 }] });
  let state = await world.ticks(0);
  for (let i = 0; i < 10; i++) {
    world.recorder.failNext.set("launch", quota());
    state = await world.ticks(1, state);
  }
  world.recorder.failNext.clear();
  assert.equal(world.instances.length, 0);
  world.report = report({ runnable: [{ resources: { GPU: 1 }, count: 1 }, { resources: {}, count: 1 }] });
  state = await world.ticks(1, state);
  assert.deepEqual(world.instances.map(({ pool }) => pool), ["default"]);
  assert.ok(
    state.failures.launch_failed instanceof QuotaError,
    "what the other pool got says nothing of this one",
  );
});

Deno.test("a launch's failure stays while it waits to be tried again, and goes once there is no demand", async () => {
  for (const failure of [quota(), out(), new Error("no route to host")]) {
    const world = new World();
    world.report = tasks(1);
    world.cloud.refused = ["worker-0"];
    world.recorder.failNext.set("launch", failure);
    let state = await world.ticks(1);
    assert.ok(state.failures.launch_failed);
    if (world.history.open.size === 0) world.report = report();
    world.cloud.refused = [];
    state = await world.ticks(200, state);
    assert.deepEqual(state.failures, {});
  }
});

Deno.test("a retirement's and a launch's reason stays with the worker", async () => {
  const world = new World();
  world.report = tasks(1);
  const state = await world.ticks(1);
  assert.equal(state.memory.workers["i-worker-0"]!.reason, "1 task to run");
  world.cloud.stopS = 1000;
  world.report = report({ workers: [daskWorker("worker-0")] });
  const after = await world.ticks(63, state);
  assert.equal(after.memory.workers["i-worker-0"]!.reason, "no task for 60 s");
});

Deno.test("a refused repetition of a call does not close the first one, which has launched", async () => {
  const world = new World();
  world.rules = rules({ goneAfterS: 30 });
  world.report = tasks(1);
  world.recorder.loseNext.set("launch", new Error("connection reset"));
  world.cloud.listing = () => ({ instances: [], complete: true }); // it lags
  let state = await world.ticks(1);
  world.recorder.failNext.set("launch", new ThrottledError("Cannot launch: slow down", "Wait."));
  state = await world.ticks(1, state);
  assert.deepEqual([...world.history.open.keys()], ["1"]);
  await world.ticks(5, state);
  assert.deepEqual(world.instances.map(({ name, attemptId }) => [name, attemptId]), [["worker-0", "1"]]);
});

Deno.test("an attempt that cannot have launched anything is closed, and another one is made", async () => {
  const world = new World();
  world.report = tasks(1);
  world.recorder.failNext.set("launch", new Error("connection refused"));
  let state = await world.ticks(1);
  world.rules = rules({ pools: [pool({ maxWorkers: 0 })] });
  state = await world.ticks(UNDER_WAY_S + 1, state);
  assert.deepEqual(world.history.results.get("1"), { launched: [], error: "it has launched nothing" });
  assert.equal(world.history.decided.at(-1)?.action, "close");
  world.rules = rules();
  await world.ticks(1, state);
  assert.deepEqual(world.instances.map(({ attemptId }) => attemptId), ["2"]);
});

Deno.test("a new daemon counts what a killed one has just launched and no listing shows yet", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ maxWorkers: 2 })], goneAfterS: 30 });
  world.report = tasks(9);
  const { listing } = world.cloud;
  world.cloud.listing = () => ({ instances: [], complete: true });
  await world.ticks(1);
  const state = await world.ticks(29);
  assert.equal(world.instances.length, 2);
  world.cloud.listing = listing.bind(world.cloud);
  await world.ticks(40, state);
  assert.equal(world.instances.length, 2);
});

Deno.test("a new daemon does not wait long for earlier instances that are gone", async () => {
  const world = new World();
  world.report = tasks(1);
  await world.ticks(1);
  world.instances = [];
  await world.ticks(3);
  assert.deepEqual(world.instances.map(({ attemptId }) => attemptId), ["2"]);
});

/**
 * A world at a cloud's pace with one worker at most, whose listings have nothing of what is
 * launched until told.
 */
function lagging(): World & { catchUp(): void } {
  const world = new World();
  world.rules = rules({ pools: [pool({ maxWorkers: 1 })], goneAfterS: 30 });
  world.report = tasks(9);
  const { cloud } = world;
  const listing = cloud.listing.bind(cloud);
  cloud.listing = () => ({ instances: [], complete: true });
  return Object.assign(world, { catchUp: () => void (cloud.listing = listing) });
}

Deno.test("a new daemon counts what was launched just before, however long ago the call was recorded", async () => {
  const world = lagging();
  world.recorder.failNext.set("launch", new Error("connection refused"));
  let state = await world.ticks(1);
  world.clock.wallOffsetMs += 5 * 3600_000;
  state = await world.ticks(1, state);
  assert.equal(world.instances.length, 1);
  await world.ticks(20);
  assert.equal(world.instances.length, 1);
});

Deno.test("a new daemon counts all that was launched just before, in any number of calls, also after a clock was set back", async () => {
  const world = lagging();
  const names = Array.from({ length: 12 }, (_, i) => `worker-${i}`);
  world.rules = rules({ pools: [pool({ maxWorkers: names.length })], goneAfterS: 30 });
  world.report = tasks(99);
  let state = await world.ticks(0);
  for (const name of names) {
    world.cloud.refused = names.filter((other) => other !== name);
    state = await world.ticks(1, state);
    world.clock.wallOffsetMs -= 3600_000;
  }
  world.cloud.refused = [];
  assert.equal(world.instances.length, names.length);
  await world.ticks(20);
  assert.equal(world.instances.length, names.length);
});

Deno.test("a new daemon whose clock was set ahead leaves what was launched just before its time to join", async () => {
  const world = lagging();
  await world.ticks(1);
  world.clock.wallOffsetMs += 2 * 3600_000;
  const state = await world.ticks(1);
  world.catchUp();
  world.calls.length = 0;
  await world.ticks(300, state);
  assert.deepEqual(world.deeds, []);
});

Deno.test("a new daemon does not count what an earlier one has found gone", async () => {
  const world = lagging();
  world.catchUp();
  let state = await world.ticks(1);
  world.instances = [];
  world.report = report();
  state = await world.ticks(40, state);
  assert.deepEqual(state.memory.workers, {});
  world.report = tasks(1);
  await world.ticks(1);
  assert.deepEqual(world.instances.map(({ attemptId }) => attemptId), ["2"]);
});

/** Ends the only instance, which the cloud had accepted; returns it. */
function endBeforeItRuns(world: World, error: XcoreError): Instance {
  const [ended] = world.instances;
  world.instances = [];
  const { listing } = world.cloud;
  world.cloud.listing = (clusterId) => ({
    ...listing.call(world.cloud, clusterId),
    refused: [{ id: ended!.id, error }],
  });
  return ended!;
}

Deno.test("an instance that was accepted and ended before it ran closes its offering, and is no failed boot", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, goneAfterS: 30 };
  world.rules = rules({ pools: [pool({ zones: ["a", "b"] })], goneAfterS: 30 });
  world.report = tasks(1);
  const launched = await world.ticks(1);
  assert.equal(endBeforeItRuns(world, out()).zone, "a");
  const state = await world.ticks(1, launched);
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/a/on-demand"]);
  assert.deepEqual(state.memory.failedBoots, []);
  assert.deepEqual(world.instances.map(({ zone }) => zone), ["b"]);
  assert.deepEqual(
    world.history.decided.filter(({ action }) => action === "died").map((
      { names, reason },
    ) => [names, reason]),
    [
      [["worker-0"], out().message],
    ],
  );
  await world.ticks(3, state);
  assert.equal(world.instances.length, 1, "it is told of for an hour, and counts once");
});

Deno.test("what was refused without a listing that tells of it is no failed boot once one does", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ bootTimeoutS: 10 })] });
  world.report = tasks(1);
  const launched = await world.ticks(1);
  endBeforeItRuns(world, out());
  const { listing } = world.cloud;
  world.cloud.listing = () => {
    throw new Error("away");
  };
  const late = await world.ticks(REJOIN_S + 2, launched);
  assert.equal(late.memory.failedBoots.length, 1, "nothing is known yet of why it did not join");
  world.cloud.listing = listing;
  const state = await world.ticks(1, late);
  assert.deepEqual(state.memory.failedBoots, []);
  assert.ok(state.failures.launch_failed instanceof CapacityError);
  assert.deepEqual(Object.keys(state.memory.noCapacityUntilMs), ["small/any/on-demand"]);
});

Deno.test("what was accepted and ended under a quota closes all zones, and stays a problem while all are closed", async () => {
  const world = new World();
  world.rules = rules({ pools: [pool({ zones: ["a", "b"] })] });
  world.report = tasks(1);
  const launched = await world.ticks(1);
  endBeforeItRuns(world, quota());
  const state = await world.ticks(5, launched);
  assert.ok(state.failures.launch_failed instanceof QuotaError);
  assert.deepEqual(world.instances, []);
});
