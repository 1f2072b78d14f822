/** What of a cluster is there at this moment, in a person's words. @module */

import { daemonPresence } from "../daemon/presence.ts";
import { openCluster, type Place } from "./cluster.ts";

/** Names of what is there: `worker-0`, `the scheduler`, `the daemon`; empty when nothing is. */
export async function remains(place: Place): Promise<string[]> {
  if (!await place.runtime.files.exists(place.home.config)) return [];
  const { base, provider, runtime, home } = await openCluster(place);
  const [{ instances }, { state }, things, daemon] = await Promise.all([
    provider.list(),
    base.describe(),
    base.resources(),
    daemonPresence(runtime, home),
  ]);
  return [
    ...instances.map(({ name }) => name),
    ...(things.length > 0 || state === "absent" ? things : ["the scheduler"]),
    ...(daemon === null ? [] : ["the daemon"]),
  ];
}
