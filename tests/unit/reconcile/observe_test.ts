import assert from "node:assert/strict";
import { SchedulerError, ThrottledError } from "../../../lib/errors.ts";
import type { Rules } from "../../../lib/plan/rules.ts";
import { leaseTtlS } from "../../../lib/reconcile/lease.ts";
import { observe } from "../../../lib/reconcile/observe.ts";
import { FIRST_STATE } from "../../../lib/reconcile/tick_state.ts";
import { attempt, daskWorker, instance, report, rules, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** A world at a cloud's pace. */
function cloudy(): World {
  const world = new World();
  world.provider.pace = { listWhenChangingS: 5, listWhenSteadyS: 30, goneAfterS: 30, terminateAgainS: 60 };
  return world;
}

/** In which of these seconds the provider was asked. */
async function listedIn(world: World, seconds: number): Promise<number[]> {
  const found: number[] = [];
  let state = FIRST_STATE;
  for (let i = 0; i < seconds; i++) {
    const before = world.calls.length;
    state = await world.ticks(1, state);
    if (world.calls.slice(before).includes("list")) found.push(i);
  }
  return found;
}

Deno.test("observe() has the answers of scheduler, platform, lease and history", async () => {
  const world = new World();
  world.report = tasks(1);
  world.instances = [instance("worker-0")];
  world.history.open.set("7", attempt(["worker-1"], { id: "7" }));
  world.clock.advance(1234);
  const { snapshot, state } = await observe(world.deps, FIRST_STATE);
  assert.equal(snapshot.scheduler, world.report);
  assert.deepEqual(snapshot.listing, { instances: world.instances, complete: true });
  assert.equal(snapshot.listedAtMs, 1234);
  assert.deepEqual(snapshot.openAttempts.map(({ id }) => id), ["7"]);
  assert.equal(snapshot.leaseHeld, true);
  assert.deepEqual(state.failures, {});
  assert.ok(world.calls.includes(`lease ${leaseTtlS(world.provider.pace)}`));
});

Deno.test("observe() lists often while instances come or go, and rarely while all workers run", async () => {
  const world = cloudy();
  world.instances = [instance("worker-0")];
  assert.deepEqual(await listedIn(world, 12), [0, 5, 10]);
  const steady = cloudy();
  steady.instances = [instance("worker-0")];
  steady.report = tasks(1, { workers: [daskWorker("worker-0", { processing: 1, executing: 1 })] });
  assert.deepEqual(await listedIn(steady, 62), [0, 30, 60]);
});

Deno.test("observe() lists soon again after a launch in a steady cluster", async () => {
  const world = cloudy();
  const state = await world.ticks(10);
  world.report = tasks(1);
  const before = world.calls.length;
  await world.ticks(6, state);
  assert.deepEqual(world.calls.slice(before).filter((call) => /^(list|launch)/.test(call)), [
    "launch 1 worker-0",
    "list",
  ]);
});

Deno.test("observe() does not list more often when the platform fails", async () => {
  const world = cloudy();
  const failing = () =>
    world.recorder.failNext.set("list", new ThrottledError("Cannot list: slow down", "."));
  const found: number[] = [];
  let state = FIRST_STATE;
  for (let i = 0; i < 12; i++) {
    failing();
    const before = world.calls.length;
    state = await world.ticks(1, state);
    if (world.calls.slice(before).includes("list")) found.push(i);
  }
  assert.deepEqual(found, [0, 5, 10]);
  assert.ok(state.failures.provider_unreachable instanceof ThrottledError);
});

Deno.test("observe() keeps the other answers when one fails", async () => {
  const codes = {
    list: "provider_unreachable",
    report: "scheduler_unreachable",
    lease: "lease_held",
    openAttempts: "history_unwritable",
  } as const;
  for (const [call, code] of Object.entries(codes)) {
    const world = new World();
    world.instances = [instance("worker-0")];
    world.recorder.failNext.set(call, new Error("away"));
    const { snapshot, state } = await observe(world.deps, FIRST_STATE);
    assert.deepEqual(Object.keys(state.failures), [code]);
    assert.match(state.failures[code]!.message, /^Cannot .*: away$/);
    assert.equal(snapshot.listing === null, call === "list");
    assert.equal(snapshot.scheduler === null, call === "report");
    assert.equal(snapshot.leaseHeld, call === "report");
  }
});

Deno.test("observe() keeps the last listing, and when it was asked for, while the platform fails", async () => {
  const world = new World();
  world.instances = [instance("worker-0")];
  const { state } = await observe(world.deps, FIRST_STATE);
  world.clock.advance(1000);
  world.recorder.failNext.set("list", new Error("away"));
  const { snapshot } = await observe(world.deps, state);
  assert.equal(snapshot.listing, state.listing);
  assert.equal(snapshot.listedAtMs, 0);
});

Deno.test("observe() drops the scheduler's last report while it is unreachable", async () => {
  const world = new World();
  const { state } = await observe(world.deps, FIRST_STATE);
  assert.notEqual(state.report, null);
  world.report = null;
  const unreachable = await observe(world.deps, state);
  assert.deepEqual(
    [unreachable.snapshot.scheduler, unreachable.state.report, unreachable.snapshot.leaseHeld],
    [
      null,
      null,
      false,
    ],
  );
  assert.deepEqual(Object.keys(unreachable.state.failures), ["scheduler_unreachable"]);
  assert.ok(unreachable.state.failures.scheduler_unreachable instanceof SchedulerError);
});

Deno.test("observe() names the lease's holder, and gets the lease once that one has ended", async () => {
  const world = new World();
  world.scheduler.leaseHolder = "other-machine:/home/ann/.xcore";
  const refused = await observe(world.deps, FIRST_STATE);
  assert.equal(refused.snapshot.leaseHeld, false);
  assert.match(refused.state.failures.lease_held!.message, /other-machine:\/home\/ann\/\.xcore/);
  world.scheduler.leaseHolder = null;
  const granted = await observe(world.deps, refused.state);
  assert.equal(granted.snapshot.leaseHeld, true);
  assert.deepEqual(granted.state.failures, {});
});

Deno.test("observe() records wall-clock time, and works when that is set back", async () => {
  const world = cloudy();
  world.clock.wallOffsetMs = 1_800_000_000_000;
  world.report = report({ workers: [daskWorker("worker-0")] });
  world.instances = [instance("worker-0")];
  const state = await world.ticks(1);
  assert.equal(state.tickedAtMs, 1_800_000_001_000);
  world.clock.wallOffsetMs -= 3_600_000;
  const after = await world.ticks(59, state);
  assert.deepEqual(world.deeds, []);
  await world.ticks(1, after);
  assert.deepEqual(world.deeds, ["retire worker-0", "terminate i-worker-0", "record"]);
});

Deno.test("observe() rejects a listing from before it had the lease", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, listWhenSteadyS: 1000 };
  const first = await observe(world.deps, FIRST_STATE);
  assert.deepEqual(world.calls.filter((call) => /^(lease|list)/.test(call)), ["lease 30", "list"]);
  assert.equal(first.snapshot.leaseHeld, true);
  world.scheduler.leaseHolder = "another";
  world.clock.advance(1000);
  const refused = await observe(world.deps, first.state);
  world.scheduler.leaseHolder = null;
  world.clock.advance(1000);
  world.recorder.failNext.set("list", new Error("away"));
  const unseen = await observe(world.deps, refused.state);
  assert.equal(unseen.snapshot.leaseHeld, false);
  world.clock.advance(1000);
  assert.equal((await observe(world.deps, unseen.state)).snapshot.leaseHeld, true);
});

Deno.test("observe() treats the lease as new after the machine has slept", async () => {
  const world = new World();
  world.provider.pace = { ...world.provider.pace, listWhenSteadyS: 1000 };
  const { state } = await observe(world.deps, FIRST_STATE);
  const listed = () => world.calls.filter((call) => call === "list").length;
  world.clock.advance(1000);
  const next = await observe(world.deps, state);
  assert.equal(listed(), 1);
  world.clock.wallOffsetMs += 60_000;
  await observe(world.deps, next.state);
  assert.equal(listed(), 2);
});

Deno.test("observe() names the zones that do not answer, until they do", async () => {
  const world = cloudy();
  const listings = [{ instances: [], complete: false, silent: ["north-1a", "north-1b"] }, {
    instances: [],
    complete: true,
  }];
  let asked = 0;
  world.cloud.listing = () => listings[Math.min(asked++, 1)]!;
  const { state } = await observe(world.deps, FIRST_STATE);
  assert.match(state.failures.zone_silent?.message ?? "", /north-1a, north-1b do not answer/);
  const later = await world.ticks(40, state);
  assert.equal(later.failures.zone_silent, undefined);
});

/** With a budget of 10 dollars, 4 of which are spent; with null there is none. */
function budgeted(clusterUsd: number | null = 10): Rules {
  return rules({
    moneyLimits: {
      ...{ maxHourlyUsd: null, stoppingCosts: false, schedulerUsd: 0.5, workerUsd: () => 1 },
      budget: clusterUsd === null ? null : { clusterUsd, perDayUsd: null, onBudget: "stop" },
    },
  });
}
const SPENT = { clusterUsd: 4, todayUsd: 4, day: "2026-01-01", unpriced: [] };

Deno.test("observe() leaves the scheduler the budget that it knows while the sum of costs cannot be read", async () => {
  const world = new World();
  world.rules = budgeted();
  world.spent = SPENT;
  const known = await world.ticks(2);
  assert.equal(world.scheduler.budget?.leftUsd, 6);
  world.recorder.failNext.set("spent", new Error("the disk is damaged"));
  const unread = await world.ticks(1, known);
  assert.ok(unread.failures.history_unwritable);
  world.spent = { ...SPENT, clusterUsd: 5 };
  const again = await world.ticks(1, unread);
  assert.equal(world.scheduler.budget?.leftUsd, 6, "the sum of the tick before is not known");
  await world.ticks(1, again);
  assert.equal(world.scheduler.budget?.leftUsd, 5);
});

Deno.test("observe() tells a scheduler nothing of a budget until the sum of costs was read once", async () => {
  const world = new World();
  world.rules = budgeted();
  let state = FIRST_STATE;
  for (let i = 0; i < 3; i++) {
    world.recorder.failNext.set("spent", new Error("the disk is damaged"));
    state = await world.ticks(1, state);
  }
  assert.equal(world.scheduler.budget, undefined);
  world.rules = budgeted(null);
  world.recorder.failNext.set("spent", new Error("the disk is damaged"));
  await world.ticks(1, state);
  assert.equal(world.scheduler.budget, null, "that there is none needs no sum");
});
