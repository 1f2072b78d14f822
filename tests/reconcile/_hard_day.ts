/** A cluster's day with everything going wrong, the same for the same seed. */

import assert from "node:assert/strict";
import { CapacityError, ThrottledError } from "../../lib/errors.ts";
import { FIRST_STATE, type TickState } from "../../lib/reconcile/state.ts";
import { tick } from "../../lib/reconcile/tick.ts";
import { Random } from "../config/_random.ts";
import { pool, rules } from "../fakes/builders.ts";
import { FakeDask, takeAway } from "../fakes/fake_dask.ts";
import { World } from "../fakes/world.ts";

const POOLS = [
  pool({ maxWorkers: 4, bootTimeoutS: 60 }),
  pool({ name: "gpu", resources: { GPU: 1 }, maxWorkers: 2, bootTimeoutS: 60 }),
];
const CALLS = [
  "list",
  "report",
  "lease",
  "openAttempts",
  "openAttempt",
  "launch",
  "closeAttempt",
  "record",
  "retire",
  "terminate",
];
const STORM_S = 200;
/** Long enough for the longest wait after failures, a boot, all tasks on one worker, idleness and the end. */
const CALM_S = 900;

export interface Day {
  readonly tasks: number;
  readonly launched: number;
}

/** Lives through the day of a seed, and checks each second of it. */
export async function hardDay(seed: number): Promise<Day> {
  const random = new Random(seed);
  const world = new World();
  world.rules = rules({ pools: POOLS, maxIdleTimeS: 20, goneAfterS: random.pick([0, 10]) });
  world.cloud.bootS = random.whole(0, 5);
  world.cloud.stopS = random.whole(0, 5);
  const dask = new FakeDask(world, (name) => POOLS.find((pool) => pool.name === name)!.resources);
  let state: TickState = FIRST_STATE;
  let [submitted, taken] = [0, 0];
  for (let second = 0; second < STORM_S + CALM_S; second++) {
    const stormy = second < STORM_S;
    if (stormy && random.chance(0.05)) {
      const count = random.whole(1, 6);
      dask.submit(count, random.chance(0.3) ? { GPU: 1 } : {}, random.whole(1, 15));
      submitted += count;
    }
    if (stormy && random.chance(0.02) && world.instances.length > 0) {
      takeAway(world, random.pick(world.instances));
      taken++;
    }
    world.clock.advance(1000);
    dask.second();
    world.recorder.failNext.clear();
    world.recorder.loseNext.clear();
    world.recorder.killNext.clear();
    world.provider.complete = !stormy || random.chance(0.8);
    if (stormy) breakSomething(world, random);
    if (stormy && random.chance(0.05)) world.report = null;
    if (stormy && random.chance(0.03)) {
      world.recorder.killNext.set(random.pick(CALLS), random.pick(["before", "after"]));
    }
    const said = world.report;
    state = await tickOrKill(world, state);
    if (said === null) world.report = null;
    check(world, dask, taken);
  }
  assert.equal(dask.finished, submitted, "all tasks are done");
  assert.deepEqual(world.instances.map(({ name }) => name), [], "nothing is left");
  assert.equal(world.journal.open.size, 0, "no launch call is left open");
  assert.deepEqual(state.failures, {}, "nothing fails any more");
  return { tasks: submitted, launched: world.journal.results.size };
}

/** A daemon that is killed in the middle of a tick leaves what it did, and the next one knows nothing of it. */
async function tickOrKill(world: World, state: TickState): Promise<TickState> {
  const killed = new Promise<TickState>((resolve) => {
    world.recorder.onKill = () => resolve(FIRST_STATE);
  });
  return await Promise.race([killed, tick(world.deps, state)]);
}

function breakSomething(world: World, random: Random): void {
  if (!random.chance(0.3)) return;
  const failure = random.pick([
    new Error("connection reset"),
    new ThrottledError("Cannot do it: slow down", "Wait."),
    new CapacityError("Cannot launch workers: none left", "Wait."),
  ]);
  const call = random.pick(CALLS);
  // An answer that says no is none that was lost.
  if (random.chance(0.5) && !(failure instanceof ThrottledError || failure instanceof CapacityError)) {
    world.recorder.loseNext.set(call, failure);
  } else world.recorder.failNext.set(call, failure);
}

function check(world: World, dask: FakeDask, taken: number): void {
  assert.deepEqual(world.recorder.unexpected, []);
  for (const { name, maxWorkers } of POOLS) {
    const count = world.instances.filter(({ pool }) => pool === name).length;
    assert.ok(count <= maxWorkers, `${count} workers in pool ${name}`);
  }
  assert.ok(dask.lostAtWork.length <= taken, `${dask.lostAtWork} were ended at work`);
}
