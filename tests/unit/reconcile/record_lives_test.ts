import assert from "node:assert/strict";
import { CapacityError } from "../../../lib/errors.ts";
import type { Listing } from "../../../lib/model/mod.ts";
import type { Offering } from "../../../lib/plan/offering.ts";
import { spent } from "../../../lib/price/ledger.ts";
import { observe } from "../../../lib/reconcile/observe.ts";
import { livesByListing } from "../../../lib/reconcile/record_lives.ts";
import { FIRST_STATE, type TickState } from "../../../lib/reconcile/tick_state.ts";
import { daskWorker, instance, pool, report, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

/** A world in which a worker costs 3.60 an hour, a tenth of a cent a second. */
class CostlyWorld extends World {
  usd: number | null = 3.6;
  override prices = {
    workerRate: (_pool: string, _offering: Offering) => ({ machineUsd: this.usd, diskUsd: 0 }),
    billing: { minimumS: 60, stoppingCosts: false },
  };

  get lives() {
    return [...this.history.lived.values()];
  }

  /** Rates of the only life, as seconds since the world's beginning. */
  get rates() {
    assert.equal(this.lives.length, 1);
    return this.lives[0]!.rates.map(({ fromMs, machineUsd }) => [fromMs / 1000, machineUsd]);
  }
}

async function launchedOne(world: CostlyWorld): Promise<TickState> {
  world.cloud.bootS = 2;
  world.cloud.stopS = 2;
  world.report = tasks(1);
  return await world.ticks(5);
}

Deno.test("recordLives() has a worker cost from the last time that it was pending", async () => {
  const world = new CostlyWorld();
  await launchedOne(world);
  // Launched in second 1, it runs from second 3 on; in second 2 it did not.
  assert.deepEqual(world.rates, [[1, 0], [2, 3.6]]);
  const [life] = world.lives;
  assert.deepEqual(
    [life!.name, life!.kind, life!.pool, life!.type, life!.startedMs, life!.endedMs],
    ["worker-0", "worker", "default", "small", 1000, null],
  );
});

for (const stoppingCosts of [false, true]) {
  Deno.test(`recordLives() ends the cost of a worker that was terminated, and stopping costs: ${stoppingCosts}`, async () => {
    const world = new CostlyWorld();
    world.prices.billing.stoppingCosts = stoppingCosts;
    const state = await launchedOne(world);
    world.rules = { ...world.rules, maxIdleTimeS: 0 };
    world.report = report({ workers: [daskWorker("worker-0")] });
    const idle = await world.ticks(2, state);
    world.report = report();
    await world.ticks(3, idle);
    assert.deepEqual(world.instances, []);
    const [life] = world.lives;
    const toldS = world.rates[2]?.[0] ?? null;
    assert.equal(toldS === null, stoppingCosts);
    assert.ok(life!.endedMs! > (toldS ?? 0) * 1000);
  });
}

Deno.test("recordLives() has a worker that a call has not ended cost as if there had been none", async () => {
  const world = new CostlyWorld();
  let state = await launchedOne(world);
  const { rates } = world;
  world.cloud.tell = () => {};
  world.rules = { ...world.rules, maxIdleTimeS: 0 };
  world.report = report({ workers: [daskWorker("worker-0")] });
  while (state.memory.workers["i-worker-0"]!.terminatedMs === null) state = await world.ticks(1, state);
  world.recorder.failNext.set("list", new Error("away"));
  state = await world.ticks(1, state);
  assert.equal(world.rates.at(-1)![1], 0, "the listing is older than the call");
  await world.ticks(1, state);
  assert.deepEqual(world.rates, rates);
});

Deno.test("recordLives() has a worker cost on that could not be told to end", async () => {
  const world = new CostlyWorld();
  let state = await launchedOne(world);
  world.rules = { ...world.rules, maxIdleTimeS: 0 };
  world.report = report({ workers: [daskWorker("worker-0")] });
  world.recorder.failNext.set("terminate", new Error("away"));
  while (state.memory.workers["i-worker-0"]!.terminatedMs === null) state = await world.ticks(1, state);
  assert.ok(state.memory.workers["i-worker-0"]!.terminateFailed);
  assert.equal(world.rates.at(-1)![1], 3.6);
});

Deno.test("recordLives() has a worker cost that ends and was never seen to run, unless the cloud has refused it", async () => {
  const error = new CapacityError("none left", "Wait.");
  const ends: Record<string, readonly [Partial<Listing>, number]> = {
    "powered off": [{ instances: [instance("worker-0", { state: "stopped" })] }, 60],
    "reclaimed": [{ instances: [instance("worker-0", { state: "stopping" })] }, 60],
    gone: [{ instances: [] }, 60],
    refused: [{ instances: [], refused: [{ id: "i-worker-0", error }] }, 0],
  };
  for (const [how, [listing, seconds]] of Object.entries(ends)) {
    const world = new CostlyWorld();
    world.instances = [instance("worker-0", { state: "pending", ageS: 5 })];
    world.report = tasks(1);
    const state = await world.ticks(2);
    assert.deepEqual(world.rates.map(([, usd]) => usd), [0], how);
    world.cloud.listing = () => ({ instances: [], complete: true, ...listing });
    world.rules = { ...world.rules, pools: [pool({ maxWorkers: 0 })] };
    await world.ticks(8, state);
    const { usd } = spent(world.lives.slice(0, 1), { fromMs: 0, toMs: 1e12, minimumS: 60 });
    assert.equal(Math.round(usd * 1000), seconds, how);
  }
});

Deno.test("recordLives() writes a price that changes as the price from then on", async () => {
  const world = new CostlyWorld();
  const state = await launchedOne(world);
  world.usd = null;
  const unknown = await world.ticks(1, state);
  world.usd = 7.2;
  await world.ticks(1, unknown);
  assert.deepEqual(world.rates.slice(2), [[6, null], [7, 7.2]]);
});

Deno.test("recordLives() takes up instances that were there before, since their launch", async () => {
  const world = new CostlyWorld();
  world.clock.wallOffsetMs = 1e12;
  world.instances = [instance("worker-0", { ageS: 7200 })];
  await world.ticks(1);
  assert.deepEqual(world.lives.map(({ startedMs }) => startedMs), [1e12 - 7_200_000]);
  const span = { fromMs: 0, toMs: 1e12, minimumS: 60 };
  assert.equal(spent(world.lives, span).usd.toFixed(4), "7.2000");
});

Deno.test("recordLives() says once a minute that a worker still lives, and at once what changes", async () => {
  const world = new CostlyWorld();
  await launchedOne(world);
  const before = world.calls.filter((call) => call === "recordLives").length;
  const state = await launchedOne(world);
  const after = await world.ticks(130, state);
  const written = world.calls.filter((call) => call === "recordLives").length - before;
  assert.ok(written >= 2 && written <= 5, String(written));
  assert.ok(after.lives!.open.get("i-worker-0")!.lastSeenMs >= world.clock.nowMs() - 1000);
});

Deno.test("recordLives() tries again what could not be written", async () => {
  const world = new CostlyWorld();
  world.recorder.failNext.set("recordLives", new Error("disk full"));
  const state = await launchedOne(world);
  assert.deepEqual([world.rates, state.failures.history_unwritable], [[[1, 0], [2, 3.6]], undefined]);
});

Deno.test("recordLives() of a daemon that starts ends what is gone, when it was last there at the latest plus daemon_grace_s", async () => {
  const world = new CostlyWorld();
  await launchedOne(world);
  const { lastSeenMs } = world.lives[0]!;
  world.instances = [];
  world.report = report();
  world.clock.advance(10_000_000);
  await world.ticks(2, FIRST_STATE);
  const graceMs = world.lives[0]!.endedMs! - lastSeenMs;
  assert.ok(graceMs >= world.leaseTerms.daemonGraceS * 1000 && graceMs < 2_000_000, String(graceMs));
});

Deno.test("recordLives() keeps a life that a part of the cloud does not answer for", async () => {
  const world = new CostlyWorld();
  const state = await launchedOne(world);
  world.cloud.listing = () => ({ instances: [], complete: false });
  await world.ticks(5, { ...FIRST_STATE, lease: state.lease });
  assert.deepEqual(world.lives.map(({ endedMs }) => endedMs), [null]);
});

Deno.test("recordLives() records nothing where nothing costs", async () => {
  const world = new World();
  world.report = tasks(2);
  await world.ticks(3);
  assert.deepEqual([...world.history.lived], []);
});

Deno.test("recordLives() has a worker cost that joined, and ended, between two listings", async () => {
  const world = new CostlyWorld();
  world.cloud.bootS = 60; // for listings
  world.report = tasks(1);
  const state = await world.ticks(3);
  assert.equal(spent(world.lives, { fromMs: 0, toMs: 1e6, minimumS: 60 }).usd, 0);
  world.rules = { ...world.rules, maxIdleTimeS: 0 };
  world.report = report({ workers: [daskWorker("worker-0")] });
  await world.ticks(2, state);
  const { usd } = spent(world.lives, { fromMs: 0, toMs: 1e6, minimumS: 60 });
  assert.ok(usd >= 0.06 - 1e-9, `${usd}: the minimum at least`);
});

Deno.test("a worker that was pending costs in doubt until the lives have what was unseen, beyond its minute", async () => {
  const world = new CostlyWorld();
  const nothing = { clusterUsd: 0, todayUsd: 0, day: "1970-01-01", unpriced: [] };
  world.spent = nothing;
  world.cloud.bootS = 200;
  world.report = tasks(1);
  const doubt = async (from: TickState) =>
    (await observe(world.deps, from)).snapshot.spent?.unseenUsd?.toFixed(4);
  const before = await world.ticks(3);
  world.clock.advance(150_000);
  assert.equal(await doubt(before), "0.0000", "the listing has it pending yet");
  world.recorder.failNext.set("list", new Error("away"));
  assert.equal(await doubt(before), "0.0900");
  world.recorder.failNext.set("list", new Error("away"));
  assert.equal(await doubt(FIRST_STATE), "0.0920", "a daemon that starts has it from the history");
  world.clock.advance(150_000);
  assert.equal(await doubt(before), "0.2400", "it may run since it was seen last");
  const after = await world.ticks(1, before);
  assert.equal(await doubt(after), "0.0000", "the lives have it");
  assert.equal(await doubt({ ...after, lives: null }), "0.0000", "the history has it");
  world.history.lived.clear();
  assert.equal(
    await doubt({ ...after, lives: null }),
    "0.2430",
    "by its age, where the history does not know it",
  );
});

Deno.test("an instance that was powered off costs no more while it is deleted, where stopping costs", async () => {
  const world = new CostlyWorld();
  world.prices.billing.stoppingCosts = true;
  world.instances = [instance("worker-0")];
  let state = await world.ticks(1);
  for (const now of ["stopped", "stopping"] as const) {
    world.instances = [instance("worker-0", { state: now })];
    state = await world.ticks(1, state);
  }
  const off = [[0, 3.6], [2, 0]];
  assert.deepEqual(world.rates, off);
  const { listing } = state;
  const open = [...state.lives!.open.values()];
  const [life] = livesByListing({ ...world.deps, prices: world.prices }, open, {
    listing: listing!,
    listedMs: 9000,
    terminated: [],
  });
  assert.deepEqual(life!.rates.map(({ fromMs, machineUsd }) => [fromMs / 1000, machineUsd]), off);
});
