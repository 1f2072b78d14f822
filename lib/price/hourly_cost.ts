/** What one instance costs an hour, all included: machine, accelerators, disk, public address. @module */

import type { CloudConfig } from "../config/config.ts";
import type { MachineType, Market } from "../model/mod.ts";
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
  /** As the cloud names it, `gp3`, `pd-balanced`. */
  readonly diskType: string;
}

/** What is known of prices. */
export interface KnownPrices {
  readonly list: PriceList | null;
  /** What the cloud itself says of spot instances, by `TYPE/ZONE`. */
  readonly spot: Readonly<Record<string, number>>;
  /** The accelerators that come with a type, by its name. */
  readonly types: Readonly<Record<string, Pick<MachineType, "accelerator" | "acceleratorCount">>>;
}

/**
 * US dollars a gigabyte and month, on 2026-11-30, in us-east-1 and us-central1; other regions cost up
 * to half more. https://aws.amazon.com/ebs/pricing/ and
 * https://cloud.google.com/compute/disks-image-pricing
 */
const DISK_USD: Readonly<Record<string, number>> = {
  "gp3": 0.08,
  "gp2": 0.10,
  "pd-standard": 0.04,
  "pd-balanced": 0.10,
  "pd-ssd": 0.17,
  "hyperdisk-balanced": 0.08,
};

const HOURS_A_MONTH = 730;

/**
 * US dollars an hour of a public IPv4 address in use, on 2026-11-30.
 * https://aws.amazon.com/vpc/pricing/, https://cloud.google.com/vpc/network-pricing
 */
const ADDRESS_USD = 0.005;

/** US dollars an hour; null: a part of it is not known. */
export function hourlyCost(
  { prices, publicIp }: Pick<CloudConfig, "prices" | "publicIp">,
  known: KnownPrices,
  costed: Costed,
): number | null {
  const machine = machineCost(prices, known, costed);
  const disk = DISK_USD[costed.diskType];
  if (machine === null || disk === undefined) return null;
  return machine + disk * costed.diskGb / HOURS_A_MONTH + (publicIp ? ADDRESS_USD : 0);
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
