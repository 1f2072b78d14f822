/** What a cluster costs, in sentences. Pure. @module */

import type { CloudConfig } from "../config/config.ts";
import { poolsOf } from "../config/pools_of.ts";
import type { Pool } from "../model/mod.ts";
import { firstOffering } from "../plan/offering.ts";
import { count } from "../util/duration_text.ts";
import { moneyText, setPrices } from "../util/money_text.ts";
import type { ClusterPrices } from "./cluster_prices.ts";
import { HOURS_A_MONTH } from "./hourly_cost.ts";

/** What the scheduler costs until it is shut down, a worker while it runs, and all together. */
export function priceText(config: CloudConfig, prices: ClusterPrices): string {
  const worker = offersOf(config, prices)[0]!;
  const parts = [
    prices.scheduler === null
      ? ""
      : `${moneyText(prices.scheduler)} for the scheduler (${config.schedulerType}), about ${
        moneyText(Math.round(prices.scheduler * HOURS_A_MONTH))
      } a month until shutdown`,
    worker.usd === null ? "" : `${moneyText(worker.usd)} for each worker (${worker.type}) while it runs`,
    mostText(config, prices),
  ].filter((part) => part !== "");
  const known = parts.length === 0 ? "" : `Per hour: ${parts.join("; ")}.`;
  return [known, surchargeText(config, prices), unknownText(config, prices)].filter((part) => part !== "")
    .join(" ");
}

/** `at most $0.88 with 5 workers`; empty where a price is not known. */
export function mostText(config: CloudConfig, prices: ClusterPrices): string {
  const offers = offersOf(config, prices);
  const most = offers.reduce<number | null>(
    (sum, { usd, type, maxWorkers }) =>
      sum === null || usd === null ? null : sum + (usd + prices.workerSurcharge(type)) * maxWorkers,
    prices.scheduler === null ? null : prices.scheduler + prices.schedulerSurcharge,
  );
  const workers = offers.reduce((sum, { maxWorkers }) => sum + maxWorkers, 0);
  return most === null ? "" : `at most ${moneyText(most)} with ${count(workers, "worker")}`;
}

/**
 * What the build of an image costs: its machine until the image is built, and the image from then on.
 *
 * @param pool name of the pool whose machine builds it
 * @param imageUsd US dollars a gigabyte and month
 */
export function buildText(
  config: CloudConfig,
  prices: ClusterPrices,
  pool: string,
  type: string,
  imageUsd: number,
): string {
  const usd = prices.worker(pool, { type, zone: null, market: "on-demand" });
  const machine = usd === null
    ? unknownPrices([type])
    : `The machine that builds the image (${type}) costs ${moneyText(usd)} an hour until it is built.`;
  const monthly = moneyText(config.diskGb * imageUsd);
  return `${machine} An image costs up to ${monthly} a month (${config.diskGb} GB) until it is removed.`;
}

/** `A busy t3.small costs up to $0.080 more …`; empty where no machine costs more than its price. */
function surchargeText(config: CloudConfig, prices: ClusterPrices): string {
  const all = [
    { type: config.schedulerType, usd: prices.schedulerSurcharge },
    ...poolsOf(config).map(({ type }) => ({ type, usd: prices.workerSurcharge(type) })),
  ].filter(({ usd }) => usd > 0);
  const each = new Set(all.map(({ type, usd }) => `${moneyText(usd)} (${type})`));
  return each.size === 0
    ? ""
    : `A machine that is busy beyond its CPU credits costs at most ${[...each].join(" or ")} more.`;
}

function unknownText(config: CloudConfig, prices: ClusterPrices): string {
  const unknown = new Set([
    ...(prices.scheduler === null ? [config.schedulerType] : []),
    ...offersOf(config, prices).flatMap(({ usd, type }) => usd === null ? [type] : []),
  ]);
  return unknown.size === 0 ? "" : unknownPrices([...unknown]);
}

function unknownPrices(types: readonly string[]): string {
  return `The price of ${types.join(" and ")} is not known: set it with ${setPrices(types)}.`;
}

/** What a worker of each pool costs where the first one is tried. */
function offersOf(config: CloudConfig, prices: ClusterPrices): (Pool & { readonly usd: number | null })[] {
  return poolsOf(config).map((pool) => ({ ...pool, usd: prices.worker(pool.name, firstOffering(pool)) }));
}
