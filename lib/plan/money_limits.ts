/**
 * Limits on money: what they leave for further workers, and whether a budget is used up. Pure.
 * @module
 */

import {
  type Attempt,
  type BudgetTerms,
  type CostSoFar,
  SCHEDULER,
  type StoppingTerms,
} from "../model/mod.ts";
import { HOUR_S } from "../util/duration_text.ts";
import type { ReachedBudget } from "./memory.ts";
import type { Offering } from "./offering.ts";
import { isCounted, type Worker } from "./worker.ts";

/** What happens when a budget is used up. */
export type OnBudget = "drain" | "stop" | "shutdown";

/** What a cluster may cost in all; US dollars, null: no limit. */
export interface Budget {
  /** From its start to its shutdown. */
  readonly clusterUsd: number | null;
  /** On one day. */
  readonly perDayUsd: number | null;
  /** What happens then. */
  readonly onBudget: OnBudget;
}

/** What a cluster may cost, and what its instances do; US dollars. */
export interface MoneyLimits extends StoppingTerms {
  /** An hour; null: no limit. */
  readonly maxHourlyUsd: number | null;
  /** In all; null: no limit. */
  readonly budget: Budget | null;
  /** An hour; null: not known. */
  readonly schedulerUsd: number | null;
  /** A worker of a pool, an hour; null: not known. */
  workerUsd(pool: string, offering: Offering): number | null;
}

/** What the limits leave for others, in US dollars; infinite without a limit. */
export interface MoneyLeft {
  /** An hour. */
  readonly hourlyUsd: number;
  /** In all, when everything there goes on for {@linkcode COMMITTED_S}. */
  readonly usd: number;
}

/**
 * Seconds that an instance costs from now on, whatever is decided: clouds bill a minute at least, and
 * one that is told to end takes as long.
 */
export const COMMITTED_S = 60;

/** Sums of prices differ in the last digits by their order. */
const ROUNDING_USD = 1e-9;

interface Limited {
  /** Null: there is none. */
  readonly moneyLimits: MoneyLimits | null;
}

/** What the cost is summed up from. */
interface Costing {
  readonly workers: readonly Worker[];
  /** Without an answer: they count as if they had launched all their names. */
  readonly openAttempts: readonly Attempt[];
  /** Null: not known. */
  readonly spent: CostSoFar | null;
}

/**
 * What is left for others; none where a price is not known, or a budget is used up. An instance
 * that is stopping counts where that costs.
 */
export function moneyLeft(
  { moneyLimits }: Limited,
  costing: Costing,
  reached: ReachedBudget | null,
): MoneyLeft {
  if (moneyLimits === null) return { hourlyUsd: Infinity, usd: Infinity };
  const rate = pricesOf(moneyLimits, costing).reduce<number>((sum, usd) => sum + (usd ?? Infinity), 0);
  const isUnpriced = rate === Infinity || (costing.spent?.unpriced ?? []).length > 0;
  const budgets = budgetsOf(moneyLimits, costing.spent).map(({ usd, spentUsd }) =>
    spentUsd === null || isUnpriced ? -Infinity : usd - spentUsd - (costing.spent?.unseenUsd ?? 0)
  );
  return {
    hourlyUsd: moneyLimits.maxHourlyUsd === null ? Infinity : moneyLimits.maxHourlyUsd - rate,
    usd: reached === null ? Math.min(Infinity, ...budgets.map((usd) => usd - committed(rate))) : -Infinity,
  };
}

/** What scheduler, workers and calls without an answer cost an hour, one by one. */
function pricesOf(limits: MoneyLimits, { workers, openAttempts }: Costing): (number | null)[] {
  return [
    limits.schedulerUsd,
    ...workers.filter((worker) => isCounted(worker, limits)).map((worker) => usdOf(limits, worker)),
    ...openAttempts.flatMap(({ pool, names, ...offering }) =>
      names.map(() => limits.workerUsd(pool, offering))
    ),
  ];
}

/** How many workers of a pool what is left pays for. */
export function affordable(
  { moneyLimits }: Limited,
  pool: string,
  offering: Offering,
  left: MoneyLeft,
): number {
  if (moneyLimits === null) return Infinity;
  const usd = moneyLimits.workerUsd(pool, offering);
  if (usd === null || left.hourlyUsd < 0 || left.usd < 0) return 0;
  if (usd === 0) return Infinity;
  return Math.floor(
    Math.min((left.hourlyUsd + ROUNDING_USD) / usd, (left.usd + ROUNDING_USD) / committed(usd)),
  );
}

/** What is left beside further workers that cost so much an hour together. */
export function leftBeside({ hourlyUsd, usd }: MoneyLeft, rate: number): MoneyLeft {
  return { hourlyUsd: hourlyUsd - rate, usd: usd - committed(rate) };
}

/** What a worker costs an hour; null: not known. */
export function usdOf(limits: MoneyLimits, { memory: { instance } }: Worker): number | null {
  return limits.workerUsd(instance.pool, instance);
}

/** Whether workers that cost so much together are beyond what is left. */
export function isBeyond(left: number): boolean {
  return left < -ROUNDING_USD;
}

/**
 * The budget that is used up once all that is there has ended, or null. What has no known price
 * counts for nothing here: it ends no worker, and keeps others from being launched. While it is not
 * known what is spent, nor on which day, one stays used up.
 */
export function reachedBudget(
  { moneyLimits }: Limited,
  costing: Costing,
  before: ReachedBudget | null,
): ReachedBudget | null {
  if (moneyLimits === null) return null;
  const rate = pricesOf(moneyLimits, costing).reduce<number>((sum, usd) => sum + (usd ?? 0), 0);
  const budgets = budgetsOf(moneyLimits, costing.spent);
  const isStillSet = ({ setting, usd }: BudgetUse) => before?.setting === setting && before.usd === usd;
  if (costing.spent === null && budgets.some(isStillSet)) return before;
  const found = budgets.find((budget) =>
    (isStillSet(budget) && before?.day === budget.day) ||
    (budget.spentUsd !== null && budget.spentUsd + committed(rate) > budget.usd + ROUNDING_USD)
  );
  return found === undefined ? null : { setting: found.setting, usd: found.usd, day: found.day };
}

/** A limit on what is spent, and what is. */
export interface BudgetUse extends ReachedBudget {
  /** Null: not known. */
  readonly spentUsd: number | null;
}

/** The budgets that are set. */
export function budgetsOf({ budget }: Pick<MoneyLimits, "budget">, spent: CostSoFar | null): BudgetUse[] {
  if (budget === null) return [];
  const { clusterUsd, perDayUsd } = budget;
  return [
    ...(clusterUsd === null ? [] : [
      { setting: "budget_usd", usd: clusterUsd, day: null, spentUsd: spent?.clusterUsd ?? null } as const,
    ]),
    ...(perDayUsd === null ? [] : [{
      ...{ setting: "budget_per_day_usd", usd: perDayUsd } as const,
      ...{ day: spent?.day ?? null, spentUsd: spent?.todayUsd ?? null },
    }]),
  ];
}

/**
 * What the scheduler holds to without a daemon; null: there is no limit; undefined: what is left is not
 * known, so that the scheduler holds to what it was told before. What workers may have cost unseen is not
 * left: a limit that was lowered meanwhile holds at once, too.
 */
export function budgetTerms(
  { moneyLimits }: Limited,
  costing: Costing,
  reached: ReachedBudget | null,
): BudgetTerms | null | undefined {
  if (moneyLimits === null || moneyLimits.budget === null) return null;
  const { spent } = costing;
  if (spent === null) return undefined;
  const left = Math.min(...budgetsOf(moneyLimits, spent).map(({ usd, spentUsd }) => usd - (spentUsd ?? 0))) -
    (spent.unseenUsd ?? 0);
  const prices = costing.workers.filter((worker) => isCounted(worker, moneyLimits)).map((worker) =>
    [worker.memory.instance.name, usdOf(moneyLimits, worker) ?? 0] as const
  );
  return {
    leftUsd: reached === null ? Math.max(0, left) : 0,
    hourlyUsd: { [SCHEDULER]: moneyLimits.schedulerUsd ?? 0, ...Object.fromEntries(prices) },
    atOnce: moneyLimits.budget.onBudget !== "drain",
  };
}

function committed(rate: number): number {
  return rate * COMMITTED_S / HOUR_S;
}
