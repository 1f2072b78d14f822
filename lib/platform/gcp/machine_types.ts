/** What there is to choose from in the cluster's zones. @module */

import type { GcpConfig } from "../../config/config.ts";
import { nearestFew } from "../../util/nearest.ts";
import type { MachineType, MachineTypes } from "../../model/mod.ts";
import type { Client } from "./client.ts";
import type { Compute, GceMachineType } from "./compute.ts";

/**
 * Zones as they are configured, and the facts of machine types in the first of them that has them.
 */
export async function machineTypes(
  { compute, catalog }: Pick<Client, "compute" | "catalog">,
  { zones, zoneName }: GcpConfig,
  types: readonly string[],
  accelerators: readonly string[],
): Promise<MachineTypes> {
  const tried = zones.length > 0 ? zones : zoneName === null ? [] : [zoneName];
  const found = await Promise.all(types.map((type) => firstFacts(compute, tried, type)));
  const missing = types.filter((_, i) => found[i] === null);
  const offered = missing.length > 0 && tried[0] !== undefined ? await catalog.machineTypes(tried[0]) : null;
  const attached = accelerators.length === 0 ? [] : await Promise.all(tried.map(catalog.acceleratorTypes));
  const here = new Set(attached.flat());
  const lacking = tried.length === 0 ? [] : accelerators.filter((accelerator) => !here.has(accelerator));
  return {
    zones: tried,
    types: Object.fromEntries(found.flatMap((fact) => fact === null ? [] : [[fact.name, fact]])),
    ...(offered !== null && {
      missing: Object.fromEntries(missing.map((type) => [type, nearestFew(type, offered)])),
    }),
    ...(lacking.length > 0 && {
      lacking: Object.fromEntries(lacking.map((accelerator) => [accelerator, [...here].sort()])),
    }),
  };
}

async function firstFacts(
  compute: Compute,
  zones: readonly string[],
  type: string,
): Promise<MachineType | null> {
  for (const zone of zones) {
    const found = await compute.machineType(zone, type);
    if (found === null) continue;
    // A TPU is an accelerator, too: `ct5lp`.
    const [card] = found.accelerators.filter(isGpu);
    return {
      name: type,
      cores: found.guestCpus,
      accelerator: card?.guestAcceleratorType ?? null,
      acceleratorCount: card?.guestAcceleratorCount ?? 0,
    };
  }
  return null;
}

/** Whether it is a GPU, all of which are NVIDIA's here; a part of one (g4) takes its GRID driver. */
export function isGpu(
  { guestAcceleratorType, guestAcceleratorCount }: GceMachineType["accelerators"][number],
) {
  return guestAcceleratorType.startsWith("nvidia") && guestAcceleratorCount >= 1;
}
