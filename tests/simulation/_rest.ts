/** The state of a cluster at rest. @module */

import { SCHEDULER_USD, workerUsd } from "./_prices.ts";
import { wantedWithoutTasks } from "./_requests.ts";
import type { Settings } from "./_scenario.ts";
import { CLUSTER_ID, type World } from "./_world.ts";

/** What still differs from the state at rest once faults and new work have stopped, or null. */
export function unrest(world: World): string | null {
  const { schedulerIsUp, homes, clients, dask, cloud, guests } = world;
  if (!schedulerIsUp) return "the scheduler is down";
  const running = homes.filter(({ daemon }) => daemon !== null);
  const [keeper, ...others] = running.filter(({ state }) => state.lease !== null);
  if (keeper === undefined || others.length > 0) {
    return `${others.length + (keeper === undefined ? 0 : 1)} of ${running.length} daemons hold the lease`;
  }

  const { pools, holdResultsS } = keeper.settings;
  const waiting = isUnpriced(world, keeper.settings) ? [] : clients.waiting(pools);
  if (waiting.length > 0) {
    return `tasks wait: ${waiting.map(({ key, state }) => `${key} ${state}`).join(", ")}`;
  }
  if (dask.scatters.some(({ client }) => client.connected) && !isUnpriced(world, keeper.settings)) {
    return "a client waits to send its input";
  }

  const failures = Object.values(keeper.state.failures).map(({ message }) => message);
  if (failures.length > 0) return failures.join("; ");
  const open = [...keeper.file.open.keys()];
  if (open.length > 0) return `launches are open: ${open.join(", ")}`;

  const there = cloud.machines.filter(({ clusterId }) => clusterId === CLUSTER_ID);
  const wantedOf = wantedWithoutTasks(dask, pools);
  if (dask.waiting().length > 0 && !isUnpriced(world, keeper.settings)) return "a client waits for workers";
  for (const { name } of pools) {
    // A worker of a pool that is no longer configured counts for the first pool.
    const isOrphan = (pool: string) => name === pools[0]!.name && !pools.some((each) => each.name === pool);
    const count = there.filter(({ pool }) => pool === name || isOrphan(pool)).length;
    const least = Math.min(wantedOf.get(name) ?? 0, paidFor(world, keeper.settings, name));
    if (count < least) return `${count} workers of pool ${name}, at least ${least} wanted`;
  }
  const stray = there.find(({ id }) => guests.workerOn(id) === null);
  if (stray !== undefined) return `${stray.name} (${stray.id}, ${stray.state}) is there and not registered`;
  const old = there.find(({ pool, type }) =>
    pools.some(({ name, ...of }) => name === pool && of.type !== type)
  );
  if (old !== undefined && !clients.hold) return `${old.name} (${old.id}) is of the type ${old.type}`;
  const lame = [...dask.workers.values()].find(({ hung, status }) => hung || status !== "running");
  if (lame !== undefined) return `${lame.name} ${lame.hung ? "hangs" : `is ${lame.status}`}`;
  const wanted = [...wantedOf.values()].reduce((sum, least) => sum + least, 0);
  if (there.length <= wanted) return null;
  // Retiring workers move results to others; if there is none, one worker stays for them.
  // What cannot be moved keeps its own worker, which then takes the others' results, too.
  const bound = dask.bound.length;
  const isHeld = bound > 0 ? there.length - bound <= wanted : there.length === 1 && clients.hold;
  if (isHeld) return holdResultsS === null ? null : "results are to be given up";
  return `still there: ${there.map(({ name, id, state }) => `${name} (${id}, ${state})`).join(", ")}`;
}

/** Whether a price that is not known keeps all from being launched. */
function isUnpriced({ cloud, scenario }: World, { pools, maxHourlyUsd }: Settings): boolean {
  const there = cloud.machines.filter(({ clusterId }) => clusterId === CLUSTER_ID);
  return maxHourlyUsd !== null &&
    [...there, ...pools].some(({ type }) => type === scenario.unknownPriceOf);
}

/** How many workers of a pool the limit pays for; another offering, or an older one, may cost more. */
function paidFor({ scenario }: World, { pools, maxHourlyUsd }: Settings, name: string): number {
  const pool = pools.find((each) => each.name === name);
  if (maxHourlyUsd === null || pool === undefined) return Infinity;
  if (pool.type === scenario.unknownPriceOf) return 0;
  return Math.floor((maxHourlyUsd - SCHEDULER_USD) / workerUsd({ type: pool.type, market: "on-demand" }));
}
