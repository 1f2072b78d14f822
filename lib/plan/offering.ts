/** Offerings of a pool: a machine type in a zone at a purchase option. @module */

import type { Market, Pool } from "../model/mod.ts";

/** A machine type in a zone at a purchase option. */
export interface Offering {
  readonly type: string;
  /** Null: the platform chooses. */
  readonly zone: string | null;
  readonly market: Market;
}

/** Key under which the memory keeps that an offering had no capacity. */
export function offeringKey({ type, zone, market }: Offering): string {
  return `${type}/${zone ?? "any"}/${market}`;
}

/**
 * The pool's offerings in the order to try: the next zone, then the next type, then on demand where
 * that is allowed. Spot offerings whose prices are known come first, the cheapest for a core first:
 * where it is cheap there is capacity.
 */
function offeringsOf(pool: Pool): Offering[] {
  const markets: Market[] = pool.market === "spot-then-on-demand" ? ["spot", "on-demand"] : [pool.market];
  const zones = pool.zones.length === 0 ? [null] : pool.zones;
  const priceOf = ({ type, zone, market }: Offering) =>
    (market === "spot" ? pool.spotPricePerCore[`${type}/${zone}`] : undefined) ?? Number.MAX_VALUE;
  return markets.flatMap((market) =>
    [pool.type, ...pool.fallbackTypes].flatMap((type) => zones.map((zone) => ({ type, zone, market })))
      .toSorted((a, b) => priceOf(a) - priceOf(b))
  );
}

/** The offering that is tried first. */
export function firstOffering(pool: Pool): Offering {
  return offeringsOf(pool)[0]!;
}

/**
 * The first offering that may be tried, and is not known to be out of capacity, or undefined.
 *
 * @param mayBe says which may be tried at all
 */
export function openOffering(
  pool: Pool,
  noCapacityUntilMs: Readonly<Record<string, number>>,
  nowMs: number,
  mayBe: (offering: Offering) => boolean = () => true,
): Offering | undefined {
  return offeringsOf(pool).find((offering) =>
    mayBe(offering) && (noCapacityUntilMs[offeringKey(offering)] ?? -Infinity) <= nowMs
  );
}

/** The pool's offerings of the same type and purchase option, in all its zones. */
export function inAllZones(pool: Pool, { type, market }: Offering): Offering[] {
  return offeringsOf(pool).filter((offering) => offering.type === type && offering.market === market);
}

/**
 * The offerings that come before this one, as text: `no c5.xlarge in us-east-1a`; empty for the
 * first.
 */
export function passedOver(pool: Pool, offering: Offering): string {
  const all = offeringsOf(pool);
  const before = all.slice(0, all.findIndex((other) => offeringKey(other) === offeringKey(offering)));
  const kindOf = ({ type, market }: Offering) => pool.market === market ? type : `${market} ${type}`;
  return [...Map.groupBy(before, kindOf)].map(([kind, missing]) => {
    const zones = missing.flatMap(({ zone }) => zone ?? []);
    return zones.length === 0 ? `no ${kind}` : `no ${kind} in ${zones.join(", ")}`;
  }).join(", ");
}
