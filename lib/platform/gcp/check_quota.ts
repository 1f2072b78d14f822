/** Whether all workers that may run at once fit into the account's quotas. @module */

import type { GcpConfig } from "../../config/config.ts";
import { poolsOf } from "../../config/pools.ts";
import { type CheckResult, passed, warning } from "../check_result.ts";
import type { Quota, Survey } from "./catalog.ts";
import type { Checked } from "./checked.ts";
import { lastPart } from "./instances.ts";
import { regionOf } from "./zones.ts";

/** A warning only: not all of them need ever run at once. */
export async function quotaCheck(checked: Checked, zones: readonly string[]): Promise<CheckResult> {
  const name = "Quota";
  const region = regionOf(zones[0]!);
  const { quotas, wanted } = await checked.session.ask("read the quotas", async ({ survey }) => {
    const [ofRegion, ofProject] = await Promise.all([survey.regionQuotas(region), survey.projectQuotas()]);
    return {
      quotas: [...ofRegion ?? [], ...ofProject ?? []],
      wanted: await wantedBy(checked.config, zones, survey),
    };
  });
  const short = quotas.flatMap(({ metric, limit, usage }: Quota) => {
    const amount = wanted[metric] ?? 0;
    return amount > limit - usage ? [`${metric} ${limit - usage} of ${limit} left, ${amount} wanted`] : [];
  });
  if (short.length === 0) return passed(name, `max_workers fit in ${region}`);
  return warning(
    name,
    short.join("; "),
    "Ask for more under IAM & Admin → Quotas in Google's console, or lower max_workers.",
  );
}

/** What the scheduler and all pools' most workers come to, by quota metric. */
async function wantedBy(
  config: GcpConfig,
  zones: readonly string[],
  survey: Survey,
): Promise<Readonly<Record<string, number>>> {
  const cores = async (type: string) => (await survey.machineType(zones[0]!, type))?.guestCpus ?? 0;
  const wanted: Record<string, number> = {};
  const add = (metric: string, amount: number) => wanted[metric] = (wanted[metric] ?? 0) + amount;
  const addCores = (amount: number) => {
    add("CPUS", amount);
    add("CPUS_ALL_REGIONS", amount);
  };
  addCores(await cores(config.schedulerType));
  for (
    const { type, accelerator, acceleratorCount, maxWorkers } of poolsOf(config)
  ) {
    addCores(await cores(type) * maxWorkers);
    if (accelerator === null) continue;
    add(gpuMetric(accelerator), acceleratorCount * maxWorkers);
    add("GPUS_ALL_REGIONS", acceleratorCount * maxWorkers);
  }
  return wanted;
}

/** `nvidia-tesla-t4` → `NVIDIA_T4_GPUS`. https://cloud.google.com/compute/resource-usage#gpu_quota */
function gpuMetric(accelerator: string): string {
  return `${lastPart(accelerator).replace("-tesla", "").replaceAll("-", "_").toUpperCase()}_GPUS`;
}
