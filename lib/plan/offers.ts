/** Where a pool's next instances may be launched. @module */

import type { Market, Pool } from "../model/mod.ts";

/** A type in a zone at a market price. */
export interface Offer {
  readonly type: string;
  /** Null: the provider chooses. */
  readonly zone: string | null;
  readonly market: Market;
}

/** The name under which it is remembered that an offer had no capacity. */
export function offerKey(offer: Offer): string {
  return `${offer.type}/${offer.zone ?? "any"}/${offer.market}`;
}

/** A pool's offers in the order they are tried: the next zone, then the next type, then on demand where that is allowed. */
function offersOf(pool: Pool): Offer[] {
  const markets: Market[] = pool.market === "spot-then-on-demand" ? ["spot", "on-demand"] : [pool.market];
  const zones = pool.zones.length === 0 ? [null] : pool.zones;
  return markets.flatMap((market) =>
    [pool.type, ...pool.fallbackTypes].flatMap((type) => zones.map((zone) => ({ type, zone, market })))
  );
}

/** The first offer that is not known to be out of capacity, or undefined. */
export function openOffer(
  pool: Pool,
  noCapacityUntilMs: Readonly<Record<string, number>>,
  nowMs: number,
): Offer | undefined {
  return offersOf(pool).find((offer) => (noCapacityUntilMs[offerKey(offer)] ?? -Infinity) <= nowMs);
}

/** The pool's offers that differ from this one in their zone alone, and itself. */
export function inAllZones(pool: Pool, { type, market }: Offer): Offer[] {
  return offersOf(pool).filter((offer) => offer.type === type && offer.market === market);
}

/** What a pool would have had before this offer, in words: `no c5.xlarge in us-east-1a`; empty for its first. */
export function passedOver(pool: Pool, offer: Offer): string {
  const offers = offersOf(pool);
  const before = offers.slice(0, offers.findIndex((other) => offerKey(other) === offerKey(offer)));
  const kindOf = ({ type, market }: Offer) => pool.market === market ? type : `${market} ${type}`;
  return [...Map.groupBy(before, kindOf)].map(([kind, missing]) => {
    const zones = missing.flatMap(({ zone }) => zone ?? []);
    return zones.length === 0 ? `no ${kind}` : `no ${kind} in ${zones.join(", ")}`;
  }).join(", ");
}
