/** What limits on money keep from being launched, and budgets that end. Pure. @module */

import { type CostSoFar, type Pool, type Problem, problem, type SchedulerReport } from "../model/mod.ts";
import { demandOf } from "../plan/demand.ts";
import type { Memory } from "../plan/memory.ts";
import {
  affordable,
  type Budget,
  budgetsOf,
  COMMITTED_S,
  moneyLeft,
  type MoneyLimits,
  reachedBudget,
} from "../plan/money_limits.ts";
import { firstOffering } from "../plan/offering.ts";
import { reachedText } from "../plan/over_limit.ts";
import { isServing, type Worker, workersOf } from "../plan/worker.ts";
import { count } from "../util/duration_text.ts";
import { moneyText, setPrices } from "../util/money_text.ts";

/** What they are found in. */
interface Input {
  readonly pools: readonly Pool[];
  readonly report: SchedulerReport | null;
  readonly memory: Memory;
  readonly moneyLimits: MoneyLimits | null;
  /** Null: not known, or nothing costs. */
  readonly spent: CostSoFar | null;
  /** Machine type of the scheduler. */
  readonly schedulerType: string;
}

/** The part of a budget that is spent before a person is told. */
const LOW = 0.8;

/** Prices that are not known under a limit; budgets that end; pools of which a limit allows no worker. */
export function priceProblems(input: Input): Problem[] {
  const { memory, moneyLimits, report, spent } = input;
  if (moneyLimits === null) return [];
  const workers = workersOf(memory, report);
  const under = { ...input, moneyLimits, workers };
  const reached = reachedBudget({ moneyLimits }, { workers, openAttempts: [], spent }, memory.reachedBudget);
  const unknown = unknownPrices(under);
  return [
    ...unknown,
    ...(reached === null ? [] : [
      problem(
        "budget_reached",
        `${reachedText(reached)}${overText(under)}: ${thenText(under)}`,
        raise(reached),
      ),
    ]),
    ...budgetsOf(moneyLimits, spent).filter(({ setting, usd, spentUsd }) =>
      spentUsd !== null && spentUsd >= LOW * usd && setting !== reached?.setting
    ).map((budget) =>
      problem(
        "budget_low",
        `${moneyText(budget.spentUsd ?? 0)} of ${budget.setting} of ${moneyText(budget.usd)} are spent`,
        `Raise it before it is used up: \`xcore config set ${budget.setting} USD\`.`,
      )
    ),
    ...(unknown.length > 0 || reached !== null ? [] : tooLow(under)),
  ];
}

interface Under extends Input {
  readonly moneyLimits: MoneyLimits;
  readonly workers: readonly Worker[];
}

function unknownPrices({ moneyLimits, pools, workers, schedulerType, spent }: Under): Problem[] {
  const unknown = new Set([
    ...(moneyLimits.budget === null ? [] : spent?.unpriced ?? []),
    ...(moneyLimits.schedulerUsd === null ? [schedulerType] : []),
    ...pools.flatMap((pool) =>
      moneyLimits.workerUsd(pool.name, firstOffering(pool)) === null ? [pool.type] : []
    ),
    ...workers.flatMap(({ memory: { instance } }) =>
      moneyLimits.workerUsd(instance.pool, instance) === null ? [instance.type] : []
    ),
  ]);
  if (unknown.size === 0) return [];
  const named = [...unknown];
  const settings = [
    ...(moneyLimits.maxHourlyUsd === null ? [] : ["max_hourly_usd"]),
    ...budgetsOf(moneyLimits, null).map(({ setting }) => setting),
  ];
  const verb = settings.length === 1 ? "is" : "are";
  return [problem(
    "price_unknown",
    `${settings.join(" and ")} ${verb} set, and the price of ${named.join(", ")} is not known: ` +
      "nothing is launched",
    `Name it, ${setPrices(named)}, or remove the limit.`,
  )];
}

/** `, over budget by $0.12`; empty while it is not exceeded. */
function overText({ moneyLimits, spent }: Under): string {
  const over = Math.max(
    0,
    ...budgetsOf(moneyLimits, spent).map(({ usd, spentUsd }) => (spentUsd ?? 0) - usd),
  );
  return over > 0 ? `, over budget by ${moneyText(over)}` : "";
}

function thenText({ moneyLimits: { budget }, workers }: Under): string {
  const there = workers.filter(({ state }) => state !== "stopping" && state !== "failed");
  const running = there.reduce((sum, { dask }) => sum + (dask?.executing ?? 0), 0);
  if (there.length === 0) return THEN[budget?.onBudget ?? "drain"];
  if (budget?.onBudget !== "drain" || running === 0) return ends(there.length, "worker");
  return `ends when ${ends(running, "task")}`;
}

/** `1 worker ends`, `3 workers end`. */
function ends(number: number, noun: string): string {
  return `${count(number, noun)} end${number === 1 ? "s" : ""}`;
}

const THEN: Readonly<Record<Budget["onBudget"], string>> = {
  drain: "nothing is launched",
  stop: "nothing is launched",
  shutdown: "the cluster is shut down",
};

function raise({ setting }: { readonly setting: string }): string {
  return `Raise it, \`xcore config set ${setting} USD\`, and work goes on; or remove the cluster: \`xcore shutdown\`.`;
}

/** A pool that should have workers, has none, and is left no money for one. */
function tooLow(under: Under): Problem[] {
  const { pools, report, workers, moneyLimits, spent } = under;
  if (report === null) return [];
  // With the sum unknown so is what a budget leaves: that the history cannot be read is said elsewhere.
  const counting = spent === null ? { ...moneyLimits, budget: null } : moneyLimits;
  const left = moneyLeft({ moneyLimits: counting }, { workers, openAttempts: [], spent }, null);
  const { byPool } = demandOf(report, pools);
  return pools.filter((pool) => {
    const isServed = workers.some((worker) => worker.memory.instance.pool === pool.name && isServing(worker));
    const isWanted = (byPool[pool.name]?.target ?? 0) > 0;
    return isWanted && !isServed && affordable({ moneyLimits }, pool.name, firstOffering(pool), left) < 1;
  }).map((pool) => {
    const usd = moneyLimits.workerUsd(pool.name, firstOffering(pool)) ?? 0;
    const { maxHourlyUsd } = moneyLimits;
    if (maxHourlyUsd !== null && left.hourlyUsd < usd) {
      return problem(
        "hourly_limit_low",
        `A ${pool.type} may cost ${moneyText(usd)} an hour, and max_hourly_usd of ${
          moneyText(maxHourlyUsd)
        } leaves ` +
          `${moneyText(Math.max(0, left.hourlyUsd))} for it`,
      );
    }
    return problem(
      "budget_reached",
      `The budget leaves ${moneyText(Math.max(0, left.usd))} for a ${pool.type}, whose first minute costs ${
        moneyText(usd * COMMITTED_S / 3600)
      }: nothing is launched`,
    );
  });
}
