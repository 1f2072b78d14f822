/** The question before the first start of a configuration that costs. @module */

import { join } from "node:path";
import type { CloudConfig } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { platformOf } from "../platform/platforms.ts";
import { keptPrices } from "../price/cluster_prices.ts";
import { priceText } from "../price/price_text.ts";
import { refreshPrices } from "../price/refresh_price_list.ts";
import type { Cluster, Confirm, Progress } from "./cluster.ts";

/** What a cluster costs depends on these settings: with others it is another configuration. */
const DECIDING = [
  ...["provider", "regionName", "zoneName", "projectName", "zones", "market", "pools", "maxWorkers"],
  ...["schedulerType", "workerType", "fallbackWorkerTypes", "acceleratorType", "acceleratorCount"],
  ...["diskGb", "diskType", "publicIp"],
] as const;

/**
 * Whether the cluster may be made. Asks with its price, once for a configuration; what costs nothing is
 * not asked for.
 *
 * @param confirm asks; what answers without a person, such as `--yes`, is remembered likewise
 */
export async function agreeToCosts(
  { runtime, home, config }: Pick<Cluster, "runtime" | "home" | "config">,
  confirm: Confirm,
  progress: Progress,
): Promise<boolean> {
  if (config.provider === "local") return true;
  const agreed = decidingOf(config);
  if (await runtime.files.readTextIfExists(agreedFile(home)).catch(() => null) === agreed) return true;
  await refreshPrices(runtime, home, config, progress);
  const prices = await keptPrices(runtime, home, config, {
    extras: platformOf(config).traits.extraPrices,
    spot: {},
    types: {},
  });
  const costs = prices === null ? "" : `${priceText(config, prices)} `;
  if (!await confirm(`${costs}Start the cluster?`)) return false;
  // One that cannot be kept is asked for again.
  await runtime.files.mkdir(home.run).catch(() => {});
  await runtime.files.writeText(agreedFile(home), agreed).catch(() => {});
  return true;
}

function agreedFile({ run }: Home): string {
  return join(run, "agreed.json");
}

function decidingOf(config: CloudConfig): string {
  const all: Readonly<Record<string, unknown>> = { ...config };
  return JSON.stringify(Object.fromEntries(DECIDING.map((key) => [key, all[key]])));
}
