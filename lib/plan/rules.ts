/** The numbers a plan works with: those from the configuration and those that are fixed. @module */

import type { Config } from "../config/config.ts";
import type { Pool, StoppingTerms } from "../model/mod.ts";
import type { MoneyLimits } from "./money_limits.ts";

/** What the configuration and the platform's pace set for the plan. */
export interface Rules extends StoppingTerms {
  /** `default` first; at least one. */
  readonly pools: readonly Pool[];
  /** Seconds a worker stays idle before it may retire; auto: see
   * {@linkcode import("./idle_limit.ts").idleLimit}. */
  readonly maxIdleTimeS: number | "auto";
  /**
   * Seconds a worker is kept for the results that it alone holds; null: as long as a client wants
   * them.
   */
  readonly holdResultsS: number | null;
  /** Null: there is no limit on what it costs. */
  readonly moneyLimits: MoneyLimits | null;
  /** See {@linkcode import("../platform/provider.ts").Pace}. */
  readonly goneAfterS: number;
  /** See {@linkcode import("../platform/provider.ts").Pace}. */
  readonly terminateAgainS: number;
}

/** What instances cost an hour, in US dollars; null is not known. */
export interface Prices {
  readonly billing: StoppingTerms;
  readonly scheduler: number | null;
  readonly worker: MoneyLimits["workerUsd"];
  /** What the scheduler may cost beyond that while it is busy, at most. */
  readonly schedulerSurcharge: number;
  /** The same for a worker of that type. */
  workerSurcharge(type: string): number;
}

/**
 * The rules under this configuration on this platform.
 *
 * @param prices null: nothing costs
 */
export function rulesOf(
  config: Config,
  pools: readonly Pool[],
  { goneAfterS, terminateAgainS }: Pick<Rules, "goneAfterS" | "terminateAgainS">,
  prices: Prices | null,
): Rules {
  const { maxIdleTimeS, holdResultsS } = config;
  const moneyLimits = moneyLimitsOf(config, prices);
  // What costs nothing, as on this machine, takes of it until it is gone.
  const stoppingCosts = prices?.billing.stoppingCosts ?? true;
  return { pools, maxIdleTimeS, holdResultsS, moneyLimits, goneAfterS, terminateAgainS, stoppingCosts };
}

/**
 * The limits of a configuration, with what each instance may cost while it is busy, as limits that
 * hold need it; null: it sets none, or nothing costs.
 */
export function moneyLimitsOf(
  { maxHourlyUsd, budgetUsd, budgetPerDayUsd, onBudget }: Pick<
    Config,
    "maxHourlyUsd" | "budgetUsd" | "budgetPerDayUsd" | "onBudget"
  >,
  prices: Prices | null,
): MoneyLimits | null {
  if (prices === null) return null;
  const budget = budgetUsd === null && budgetPerDayUsd === null
    ? null
    : { clusterUsd: budgetUsd, perDayUsd: budgetPerDayUsd, onBudget };
  if (maxHourlyUsd === null && budget === null) return null;
  const { scheduler, schedulerSurcharge, billing: { stoppingCosts } } = prices;
  return {
    stoppingCosts,
    maxHourlyUsd,
    budget,
    schedulerUsd: scheduler === null ? null : scheduler + schedulerSurcharge,
    workerUsd(pool, offering) {
      const usd = prices.worker(pool, offering);
      return usd === null ? null : usd + prices.workerSurcharge(offering.type);
    },
  };
}

/**
 * After so many instances in a row that never joined, launches stop until the user has changed
 * something.
 */
export const BOOT_FAILURES_TO_HALT = 5;

/**
 * Seconds that a worker which Dask has paused may execute nothing before another takes its place:
 * most pauses end by themselves, as results go to disk or to the client.
 */
export const PAUSED_S = 60;

/**
 * Seconds that running workers may take to find a restarted scheduler: their preload restarts them
 * within seconds, and they retry every few.
 */
export const REJOIN_S = 60;

/** Seconds until a call to terminate instances that failed is made again. */
export const TERMINATE_RETRY_S = 5;

/**
 * Seconds that a launch call may take to reach the platform after its caller has stopped waiting
 * for it. It exceeds the longest wait between two calls, so that an attempt which loses every
 * answer is not closed between two of them.
 */
export const UNDER_WAY_S = 90;

/**
 * Seconds before an offering without capacity is tried again; Karpenter remembers unavailable
 * offerings for 3 minutes.
 */
export const CAPACITY_MEMORY_S = 180;

/**
 * Launch calls in a row that a quota may refuse before an offering is closed while instances are
 * stopping, which it may count: with the backoff, the two minutes or so that these take.
 */
export const QUOTA_REFUSALS = 8;

/** The longest wait in seconds between launch calls that fail one after the other. */
export const LAUNCH_BACKOFF_MAX_S = 60;

/**
 * Seconds for which a client that waits for workers, without saying how many, counts as one: as long
 * as a request of `xcore scale` lasts by default.
 */
export const WAITING_CLIENT_S = 1800;
