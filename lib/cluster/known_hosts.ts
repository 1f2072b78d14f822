/** The host keys of the cluster's machines: taken from their consoles, over the cloud's own API, and kept. @module */

import type { Machine } from "../platform/base.ts";
import { hostKeysIn } from "../platform/boot/host_keys.ts";
import type { LogPart } from "../platform/provider.ts";
import type { Cluster, Place } from "./cluster.ts";

/**
 * Whether a machine's host keys are known, after a look at its console where they were not. Once known they stay: a machine
 * that shows others is another.
 */
export async function isKnownHost(
  { runtime: { files }, home }: Place,
  { id }: Machine,
  console: () => Promise<LogPart | null>,
): Promise<boolean> {
  const known = await files.readTextIfExists(home.knownHosts) ?? "";
  if (known.split("\n").some((line) => line.startsWith(`${id} `))) return true;
  const keys = hostKeysIn((await console())?.text ?? "");
  if (keys.length === 0) return false;
  await files.append(home.knownHosts, keys.map((key) => `${id} ${key}\n`).join(""));
  return true;
}

/** Notes the scheduler's host keys while its console still shows them; later it may not. */
export async function noteScheduler({ base, ...place }: Cluster): Promise<void> {
  try {
    const machine = await base.machine();
    if (machine !== null) await isKnownHost(place, machine, () => base.log());
  } catch {
    // Who logs in is told.
  }
}
