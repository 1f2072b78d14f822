/** Terminates instances, and only those that are meant. @module */

import type { Compute } from "./compute.ts";
import { idOf, type InstanceKey, isWorkerOf, keyIn, placeOf, workersFilter } from "./list_instances.ts";

/** Calls that a termination makes at the same time: there is no call that deletes many. */
const AT_ONCE = 10;

/**
 * Deletes instances; returns when all is accepted. An id says which launch made its instance: one
 * that has the name since then is another, and stays. A list may be late, so what it lacks is
 * looked up by name.
 */
export async function terminate(compute: Compute, clusterId: string, ids: readonly string[]): Promise<void> {
  const places = ids.flatMap((id) => keyIn(id) ?? []);
  if (places.length === 0) return;
  const { instances } = await compute.instances(workersFilter(clusterId));
  const own = instances.filter((instance) => isWorkerOf(instance, clusterId));
  const listed = new Set(own.map((instance) => idOf(placeOf(instance))));
  const end = async (place: InstanceKey) => {
    const found = listed.has(idOf(place)) ? "listed" : await compute.instance(place.zone, place.name);
    if (found === null) return;
    if (found !== "listed" && !(isWorkerOf(found, clusterId) && idOf(placeOf(found)) === idOf(place))) return;
    await compute.delete(place.zone, place.name);
  };
  for (let i = 0; i < places.length; i += AT_ONCE) await Promise.all(places.slice(i, i + AT_ONCE).map(end));
}
