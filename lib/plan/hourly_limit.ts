/** The limit on what a cluster costs an hour: what is left of it for further workers. Pure. @module */

import type { Attempt } from "../model/mod.ts";
import type { Offering } from "./offering.ts";
import type { Rules } from "./rules.ts";
import type { Worker } from "./worker.ts";

/** What a cluster may cost an hour, and what its instances do; US dollars. */
export interface HourlyLimit {
  readonly maxUsd: number;
  /** Null: not known. */
  readonly schedulerUsd: number | null;
  /** A worker of a pool; null: not known. */
  workerUsd(pool: string, offering: Offering): number | null;
}

/** Sums of prices differ in the last digits by their order. */
const ROUNDING_USD = 1e-9;

type Limited = Pick<Rules, "hourlyLimit">;

/**
 * US dollars an hour that are left for others; without a limit no end of them, and none where a
 * price is not known. An instance that is stopping counts until it is gone, and an attempt without
 * an answer as if it had launched all its names.
 */
export function leftUsd(
  { hourlyLimit }: Limited,
  workers: readonly Worker[],
  openAttempts: readonly Attempt[],
): number {
  if (hourlyLimit === null) return Infinity;
  const prices = [
    hourlyLimit.schedulerUsd,
    ...workers.map((worker) => usdOf(hourlyLimit, worker)),
    ...openAttempts.flatMap(({ pool, names, ...offering }) =>
      names.map(() => hourlyLimit.workerUsd(pool, offering))
    ),
  ];
  return prices.reduce<number>((left, usd) => left - (usd ?? Infinity), hourlyLimit.maxUsd);
}

/** How many workers of a pool what is left pays for. */
export function affordable({ hourlyLimit }: Limited, pool: string, offering: Offering, left: number): number {
  if (hourlyLimit === null) return Infinity;
  const usd = hourlyLimit.workerUsd(pool, offering);
  if (usd === null || left < 0) return 0;
  return usd === 0 ? Infinity : Math.floor((left + ROUNDING_USD) / usd);
}

/** What a worker costs an hour; null: not known. */
export function usdOf(limit: HourlyLimit, { memory: { instance } }: Worker): number | null {
  return limit.workerUsd(instance.pool, instance);
}

/** Whether workers that cost so much together are beyond what is left. */
export function isBeyond(left: number): boolean {
  return left < -ROUNDING_USD;
}
