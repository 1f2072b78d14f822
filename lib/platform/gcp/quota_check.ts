/** Whether a cluster's most workers fit into the project's quotas. @module */

import type { GcpConfig } from "../../config/config.ts";
import { type Disk, diskOf, poolsOf } from "../../config/pools_of.ts";
import { type CheckResult, passed, warning } from "../check_result.ts";
import type { Catalog, MachineFacts, Quota } from "./catalog.ts";
import { diskTypeOf } from "./limits.ts";
import { lastPart, regionOf } from "./list_instances.ts";
import { isGpu } from "./machine_types.ts";
import type { Session } from "./session.ts";

/** A warning only: not all of them need ever run at once. */
export async function quotaCheck(
  session: Session,
  config: GcpConfig,
  zones: readonly string[],
): Promise<CheckResult> {
  const name = "Quota";
  const region = regionOf(zones[0]!);
  const { quotas, wanted } = await session.ask("read the quotas", async ({ catalog }) => {
    const [ofRegion, ofProject] = await Promise.all([catalog.regionQuotas(region), catalog.projectQuotas()]);
    const quotas = [...ofRegion ?? [], ...ofProject ?? []];
    return { quotas, wanted: await wantedBy(config, zones, catalog, quotas) };
  });
  const short = quotas.flatMap(({ metric, limit, usage }: Quota) => {
    const amount = wanted.get(metric) ?? 0;
    return amount > limit - usage ? [`${metric} ${limit - usage} of ${limit} left, ${amount} wanted`] : [];
  });
  if (short.length === 0) return passed(name, `max_workers fit in ${region}`);
  return warning(
    name,
    short.join("; "),
    "Ask for more under IAM & Admin → Quotas in Google's console, or lower max_workers.",
  );
}

/** Machines that are alike. */
interface Machines {
  readonly type: string;
  readonly accelerator: string | null;
  readonly acceleratorCount: number;
  readonly spot: boolean;
  readonly disk: Disk;
  readonly count: number;
}

/** The scheduler, and all pools' most workers. */
function machinesOf(config: GcpConfig): Machines[] {
  const { schedulerType: type, diskGb: gb, diskType } = config;
  const scheduler = { type, accelerator: null, acceleratorCount: 0, spot: false, count: 1 };
  const workers = poolsOf(config).map(({ name, maxWorkers, market, ...pool }) => ({
    ...pool,
    spot: market !== "on-demand",
    disk: diskOf(config, name),
    count: maxWorkers,
  }));
  return [{ ...scheduler, disk: { gb, type: diskType } }, ...workers];
}

/**
 * What a cluster comes to when all its workers run, by quota metric.
 * https://cloud.google.com/compute/resource-usage: families with a quota of their own count against
 * that; spot machines against PREEMPTIBLE_CPUS and the like, where these were granted.
 */
async function wantedBy(
  config: GcpConfig,
  zones: readonly string[],
  catalog: Catalog,
  quotas: readonly Quota[],
): Promise<ReadonlyMap<string, number>> {
  const limits = new Map(quotas.map(({ metric, limit }) => [metric, limit]));
  const wanted = new Map<string, number>();
  for (const machines of machinesOf(config)) {
    const facts = await catalog.machineType(zones[0]!, machines.type);
    for (const [metric, amount] of usageOf(machines, facts, limits)) {
      wanted.set(metric, (wanted.get(metric) ?? 0) + amount * machines.count);
    }
    if (config.publicIp) {
      wanted.set("IN_USE_ADDRESSES", (wanted.get("IN_USE_ADDRESSES") ?? 0) + machines.count);
    }
  }
  return wanted;
}

/** What one machine counts against quotas. */
function usageOf(
  { type, accelerator, acceleratorCount, spot, disk }: Machines,
  facts: MachineFacts | null,
  limits: ReadonlyMap<string, number>,
): [metric: string, amount: number][] {
  const granted = (metric: string) => {
    const preemptible = `PREEMPTIBLE_${metric}`;
    return spot && (limits.get(preemptible) ?? 0) > 0 ? preemptible : metric;
  };
  const family = `${type.slice(0, type.indexOf("-")).toUpperCase()}_CPUS`;
  const cpus = granted("CPUS") === "CPUS" && limits.has(family) ? family : granted("CPUS");
  const cores = facts?.guestCpus ?? 0;
  const builtIn = facts?.accelerators.find(isGpu);
  const card = accelerator ?? builtIn?.guestAcceleratorType ?? null;
  const cards = accelerator === null ? builtIn?.guestAcceleratorCount ?? 0 : acceleratorCount;
  return [
    [cpus, cores],
    ["CPUS_ALL_REGIONS", cores],
    [diskMetric(diskTypeOf(type, disk.type)), disk.gb],
    ...card === null ? [] : [[granted(gpuMetric(card)), cards], ["GPUS_ALL_REGIONS", cards]] as const,
  ].map(([metric, amount]) => [metric, amount] as [string, number]);
}

/** https://cloud.google.com/compute/resource-usage#disk_quota */
function diskMetric(diskType: string): string {
  if (diskType.startsWith("hyperdisk-")) return "HDB_TOTAL_GB";
  return diskType === "pd-standard" ? "DISKS_TOTAL_GB" : "SSD_TOTAL_GB";
}

/**
 * `nvidia-tesla-t4` → `NVIDIA_T4_GPUS`. https://cloud.google.com/compute/resource-usage#gpu_quota
 */
function gpuMetric(accelerator: string): string {
  return `${lastPart(accelerator).replace("-tesla", "").replaceAll("-", "_").toUpperCase()}_GPUS`;
}
