/** What one instance costs an hour, all included: machine, accelerators, disk, public address. @module */

import type { CloudConfig } from "../config/config.ts";
import type { MachineType, Market, Rate, StoppingTerms } from "../model/mod.ts";
import { type PriceList, shortName, spotPriceIn } from "./price_list.ts";

/** An instance whose cost is asked for. */
export interface Costed {
  readonly type: string;
  readonly market: Market;
  /** Null: not known yet. */
  readonly zone: string | null;
  /** Attached to the type; null: none, or those that come with it. */
  readonly accelerator: string | null;
  readonly acceleratorCount: number;
  readonly diskGb: number;
  /** As it is set; null: what the platform takes for the type. */
  readonly diskType: string | null;
}

/** What a platform counts as use of a machine. */
export interface Billing extends StoppingTerms {
  /** A machine that runs for less costs as much as for so many seconds. */
  readonly minimumS: number;
}

/** What a platform takes beside the machine. */
export interface ExtraPrices {
  readonly billing: Billing;
  /** US dollars a gigabyte and month, by disk type. */
  readonly diskUsd: Readonly<Record<string, number>>;
  /** US dollars a gigabyte and month of what an image keeps. */
  readonly imageUsd: number;
  /** US dollars an hour of a public IPv4 address in use. */
  readonly addressUsd: number;
  /** The type of a machine's disk: as it is set, or what the platform takes for the machine type. */
  diskTypeOf(machineType: string, set: string | null): string;
  /**
   * What a busy machine may cost beyond its price, US dollars an hour at most: of a burstable type,
   * while it uses more than it has earned; 0: nothing.
   */
  surchargeUsd(machineType: string, role: "scheduler" | "worker"): number;
}

/** What is known of prices. */
export interface KnownPrices {
  readonly extras: ExtraPrices;
  readonly list: PriceList | null;
  /** What the cloud itself says of spot instances, by `TYPE/ZONE`. */
  readonly spot: Readonly<Record<string, number>>;
  /** The accelerators that come with a type, by its name. */
  readonly types: Readonly<Record<string, Pick<MachineType, "accelerator" | "acceleratorCount">>>;
}

/** As clouds count them. */
export const HOURS_A_MONTH = 730;

/** US dollars an hour of an instance that runs. */
export function hourlyCost(
  { prices, publicIp }: Pick<CloudConfig, "prices" | "publicIp">,
  known: KnownPrices,
  costed: Costed,
): Rate {
  const { diskUsd, addressUsd, diskTypeOf } = known.extras;
  const machine = machineCost(prices, known, costed);
  const disk = diskUsd[diskTypeOf(costed.type, costed.diskType)];
  return {
    machineUsd: machine === null ? null : machine + (publicIp ? addressUsd : 0),
    diskUsd: disk === undefined ? null : disk * costed.diskGb / HOURS_A_MONTH,
  };
}

/** Both parts together; null: one of them is not known. */
export function sumOf({ machineUsd, diskUsd }: Rate): number | null {
  return machineUsd === null || diskUsd === null ? null : machineUsd + diskUsd;
}

/** The config's own price is for all that the type is launched with. */
function machineCost(own: CloudConfig["prices"], known: KnownPrices, costed: Costed): number | null {
  const { type, market, zone, accelerator, acceleratorCount } = costed;
  const given = own[type];
  if (given !== undefined) return given;
  const listed = known.list?.types[type];
  const told = market === "spot" ? known.spot[`${type}/${zone}`] : undefined;
  if (told !== undefined && accelerator === null) return told;
  if (listed === undefined) return null;
  const price = market === "spot" ? spotPriceIn(listed, zone) : listed.onDemand;
  const extra = acceleratorsOf(listed.withAccelerators, known, accelerator, acceleratorCount, type);
  if (price === null || extra === null) return null;
  const each = extra.count === 0 ? 0 : acceleratorCost(known.list, extra.name, market, zone);
  return each === null ? null : price + each * extra.count;
}

/** Those whose price is not in the type's; null: the platform does not tell which there are. */
function acceleratorsOf(
  included: boolean,
  { types }: KnownPrices,
  accelerator: string | null,
  count: number,
  type: string,
): { readonly name: string; readonly count: number } | null {
  if (accelerator !== null) return { name: accelerator, count };
  const own = types[type];
  if (included || !own?.accelerator) return { name: "", count: 0 };
  return { name: own.accelerator, count: own.acceleratorCount };
}

function acceleratorCost(
  list: PriceList | null,
  name: string,
  market: Market,
  zone: string | null,
): number | null {
  const prices = list?.accelerators[shortName(name)];
  if (prices === undefined) return null;
  return market === "spot" ? spotPriceIn(prices, zone) : prices.onDemand;
}
