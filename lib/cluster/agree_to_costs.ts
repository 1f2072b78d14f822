/** The questions before what costs: the first start of a configuration, and the build of an image. @module */

import { join } from "node:path";
import type { CloudConfig } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { platformOf } from "../platform/platforms.ts";
import { type ClusterPrices, keptPrices } from "../price/cluster_prices.ts";
import { buildText, priceText } from "../price/price_text.ts";
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
  const prices = await pricesNow({ runtime, home, config }, progress);
  const costs = prices === null ? "" : `${priceText(config, prices)} `;
  if (!await confirm(`${costs}Start the cluster?`)) return false;
  // One that cannot be kept is asked for again.
  await runtime.files.mkdir(home.run).catch(() => {});
  await runtime.files.writeText(agreedFile(home), agreed).catch(() => {});
  return true;
}

/**
 * Whether an image may be built. Asks each time, with the price of the machine that builds it, and of
 * the image.
 *
 * @param pool name of the pool whose machine builds it
 */
export async function agreeToBuild(
  { runtime, home, config }: Pick<Cluster, "runtime" | "home" | "config">,
  pool: string,
  type: string,
  confirm: Confirm,
  progress: Progress,
): Promise<boolean> {
  if (config.provider === "local") return true;
  const prices = await pricesNow({ runtime, home, config }, progress);
  const imageUsd = platformOf(config).traits.extraPrices?.imageUsd ?? 0;
  const costs = prices === null ? "" : `${buildText(config, prices, pool, type, imageUsd)} `;
  return await confirm(`${costs}Build the image?`);
}

async function pricesNow(
  { runtime, home, config }: Pick<Cluster, "runtime" | "home"> & { readonly config: CloudConfig },
  progress: Progress,
): Promise<ClusterPrices | null> {
  await refreshPrices(runtime, home, config, progress);
  const extras = platformOf(config).traits.extraPrices;
  return await keptPrices(runtime, home, config, { extras, spot: {}, types: {} });
}

function agreedFile({ run }: Home): string {
  return join(run, "agreed.json");
}

function decidingOf(config: CloudConfig): string {
  const all: Readonly<Record<string, unknown>> = { ...config };
  return JSON.stringify(Object.fromEntries(DECIDING.map((key) => [key, all[key]])));
}
