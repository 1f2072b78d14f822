/** The state of a cluster at rest. @module */

import { wantedWithoutTasks } from "./_requests.ts";
import { CLUSTER_ID, type World } from "./_world.ts";

/** What still differs from the state at rest once faults and new work have stopped, or null. */
export function unrest({ schedulerIsUp, homes, clients, dask, cloud, guests }: World): string | null {
  if (!schedulerIsUp) return "the scheduler is down";
  const running = homes.filter(({ daemon }) => daemon !== null);
  const [keeper, ...others] = running.filter(({ state }) => state.lease !== null);
  if (keeper === undefined || others.length > 0) {
    return `${others.length + (keeper === undefined ? 0 : 1)} of ${running.length} daemons hold the lease`;
  }

  const { pools, holdResultsS } = keeper.settings;
  const waiting = clients.waiting(pools);
  if (waiting.length > 0) {
    return `tasks wait: ${waiting.map(({ key, state }) => `${key} ${state}`).join(", ")}`;
  }
  if (dask.scatters.some(({ client }) => client.connected)) return "a client waits to send its input";

  const failures = Object.values(keeper.state.failures).map(({ message }) => message);
  if (failures.length > 0) return failures.join("; ");
  const open = [...keeper.file.open.keys()];
  if (open.length > 0) return `launches are open: ${open.join(", ")}`;

  const there = cloud.machines.filter(({ clusterId }) => clusterId === CLUSTER_ID);
  const wantedOf = wantedWithoutTasks(dask, pools);
  if (dask.waiting().length > 0) return "a client waits for workers";
  for (const { name } of pools) {
    // A worker of a pool that is no longer configured counts for the first pool.
    const isOrphan = (pool: string) => name === pools[0]!.name && !pools.some((each) => each.name === pool);
    const count = there.filter(({ pool }) => pool === name || isOrphan(pool)).length;
    const least = wantedOf.get(name) ?? 0;
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
