/** What the instances of one cluster cost an hour, by its config and what is known of prices. @module */

import type { CloudConfig, Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { diskOf } from "../config/pools_of.ts";
import type { Rate } from "../model/mod.ts";
import type { Offering } from "../plan/offering.ts";
import type { Runtime } from "../runtime.ts";
import { keptPriceList } from "./refresh_price_list.ts";
import {
  type Billing,
  type Costed,
  type ExtraPrices,
  hourlyCost,
  type KnownPrices,
  sumOf,
} from "./hourly_cost.ts";
import type { PriceList } from "./price_list.ts";

/** US dollars an hour, with disk and address; null is not known. */
export interface ClusterPrices {
  readonly scheduler: number | null;
  /** A worker of a pool. */
  worker(pool: string, offering: Offering): number | null;
  /** What the scheduler may cost beyond that while it is busy, at most; 0: nothing. */
  readonly schedulerSurcharge: number;
  /** The same for a worker of that type. */
  workerSurcharge(type: string): number;
  /** The scheduler's machine and disk. */
  readonly schedulerRate: Rate;
  /** The machine and disk of a pool's worker. */
  workerRate(pool: string, offering: Offering): Rate;
  /** Whether the config names the price of a type. */
  isNamed(type: string): boolean;
  /** What the platform counts. */
  readonly billing: Billing;
  /** The public list, if one is known. */
  readonly list: Pick<PriceList, "source" | "fetchedAtMs"> | null;
}

/** The prices of a cluster, by the list that is kept; null where nothing costs. */
export async function keptPrices(
  runtime: Runtime,
  home: Home,
  config: Config,
  { extras, ...known }: Omit<KnownPrices, "list" | "extras"> & { readonly extras: ExtraPrices | null },
): Promise<ClusterPrices | null> {
  if (config.provider === "local" || extras === null) return null;
  return clusterPrices(config, { ...known, extras, list: await keptPriceList(runtime, home, config) });
}

/** The prices of a cluster. */
export function clusterPrices(config: CloudConfig, known: KnownPrices): ClusterPrices {
  const costOf = (
    { type, zone, market }: Offering,
    disk: ReturnType<typeof diskOf>,
    attached: Pick<Costed, "accelerator" | "acceleratorCount">,
  ) =>
    hourlyCost(config, known, {
      ...{ type, zone, market, ...attached },
      diskGb: disk.gb,
      diskType: disk.type,
    });
  const schedulerRate = costOf(
    { type: config.schedulerType, zone: null, market: "on-demand" },
    { gb: config.diskGb, type: config.diskType },
    { accelerator: null, acceleratorCount: 0 },
  );
  const workerRate = (pool: string, offering: Offering) => {
    const own = config.pools.find(({ name }) => name === pool);
    const accelerator = own?.acceleratorType ?? config.acceleratorType;
    const acceleratorCount = (own ?? config).acceleratorCount;
    return costOf(offering, diskOf(config, pool), {
      accelerator: acceleratorCount > 0 ? accelerator : null,
      acceleratorCount,
    });
  };
  return {
    list: known.list,
    billing: known.extras.billing,
    isNamed: (type) => config.prices[type] !== undefined,
    schedulerRate,
    workerRate,
    scheduler: sumOf(schedulerRate),
    worker: (pool, offering) => sumOf(workerRate(pool, offering)),
    schedulerSurcharge: known.extras.surchargeUsd(config.schedulerType, "scheduler"),
    workerSurcharge: (type) => known.extras.surchargeUsd(type, "worker"),
  };
}
