/**
 * What instances have printed on their consoles, their first serial ports: Google keeps the last 1
 * MB.
 * @module
 */

import type { LogPart } from "../provider.ts";
import type { Compute } from "./compute.ts";
import { instanceName, placeOf, workersFilter } from "./list_instances.ts";

/**
 * An instance's console, or what came `after` a part of it; null when there is no such instance.
 */
export async function consoleOf(
  compute: Compute,
  [zone, name]: readonly [zone: string, name: string],
  after = "0",
): Promise<LogPart | null> {
  const output = await compute.serialPortOutput(zone, name, after);
  return output && { text: output.contents, end: output.next };
}

/** See `Provider.bootLog`. An instance that is deleted has no console any more. */
export async function bootLog(
  compute: Compute,
  clusterId: string,
  name: string,
  attemptId: string | null,
  after = "",
): Promise<LogPart | null> {
  const wanted = instanceName(clusterId, name);
  const { instances } = await compute.instances(workersFilter(clusterId));
  const found = instances.map((instance) => placeOf(instance)).find((place) =>
    place.name === wanted && (attemptId === null || place.attemptId === attemptId)
  );
  if (found === undefined) return null;
  const [next, ofAttempt] = after.split(" ");
  const part = await consoleOf(
    compute,
    [found.zone, wanted],
    ofAttempt === found.attemptId ? next : undefined,
  );
  return part && { text: part.text, end: `${part.end} ${found.attemptId}` };
}
