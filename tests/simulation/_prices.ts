/** What the simulated clouds take for an hour, in US dollars. @module */

import type { Offering } from "../../lib/plan/offering.ts";

/** The scheduler. */
export const SCHEDULER_USD = 0.5;

const TYPE_USD: Readonly<Record<string, number>> = { small: 1, large: 2 };
const SPOT_SHARE = 0.4;

/** A machine costs for so many seconds at least. */
export const BILLED_AT_LEAST_S = 60;

/** The most that a worker costs. */
export const DEAREST_USD = 2;

/**
 * What xcore knows of a worker's price; null: nothing.
 *
 * @param unknown the machine type whose price it does not know
 */
export function knownUsd(
  unknown: string | null,
  { type, market }: Pick<Offering, "type" | "market">,
): number | null {
  return type === unknown ? null : workerUsd({ type, market });
}

/** What a worker costs. */
export function workerUsd({ type, market }: Pick<Offering, "type" | "market">): number {
  return (TYPE_USD[type] ?? 0) * (market === "spot" ? SPOT_SHARE : 1);
}

/** Once, the prices of workers change; xcore learns it at once, as from its config. */
export interface PriceChange {
  readonly atS: number;
  /** What a worker costs from then on, as a multiple. */
  readonly factor: number;
}

/** What a worker's price at a time is a multiple of. */
export function factorAt(change: PriceChange | null, ms: number): number {
  return change === null || ms < change.atS * 1000 ? 1 : change.factor;
}
