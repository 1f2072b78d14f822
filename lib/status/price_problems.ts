/** What a limit on the cost keeps from being launched. Pure. @module */

import { type Pool, type Problem, problem, type SchedulerReport } from "../model/mod.ts";
import { demandOf } from "../plan/demand.ts";
import { affordable, type HourlyLimit, leftUsd } from "../plan/hourly_limit.ts";
import type { Memory } from "../plan/memory.ts";
import { firstOffering } from "../plan/offering.ts";
import { isServing, type Worker, workersOf } from "../plan/worker.ts";
import { moneyText } from "../util/money_text.ts";

/** What they are found in. */
interface Input {
  readonly pools: readonly Pool[];
  readonly report: SchedulerReport | null;
  readonly memory: Memory;
  readonly hourlyLimit: HourlyLimit | null;
  /** Machine type of the scheduler. */
  readonly schedulerType: string;
}

/** Prices that are not known under a limit; and pools of which it allows no worker. */
export function priceProblems({ pools, report, memory, hourlyLimit, schedulerType }: Input): Problem[] {
  if (hourlyLimit === null) return [];
  const workers = workersOf(memory, report);
  const unknown = new Set([
    ...(hourlyLimit.schedulerUsd === null ? [schedulerType] : []),
    ...pools.flatMap((pool) =>
      hourlyLimit.workerUsd(pool.name, firstOffering(pool)) === null ? [pool.type] : []
    ),
    ...workers.flatMap(({ memory: { instance } }) =>
      hourlyLimit.workerUsd(instance.pool, instance) === null ? [instance.type] : []
    ),
  ]);
  if (unknown.size > 0) {
    const named = [...unknown];
    const set = named.map((type) => `prices.${type} USD`).join(" ");
    return [problem(
      "price_unknown",
      `max_hourly_usd is set, and the price of ${named.join(", ")} is not known: nothing is launched`,
      `Name it, \`xcore config set ${set}\`, or remove the limit.`,
    )];
  }
  return report === null ? [] : tooLow({ pools, report, workers, hourlyLimit });
}

/** A pool that should have workers, has none, and is left no money for one. */
function tooLow(
  { pools, report, workers, hourlyLimit }: {
    readonly pools: readonly Pool[];
    readonly report: SchedulerReport;
    readonly workers: readonly Worker[];
    readonly hourlyLimit: HourlyLimit;
  },
): Problem[] {
  const left = leftUsd({ hourlyLimit }, workers, []);
  const { byPool } = demandOf(report, pools);
  return pools.filter((pool) => {
    const isServed = workers.some((worker) => worker.memory.instance.pool === pool.name && isServing(worker));
    const isWanted = (byPool[pool.name]?.target ?? 0) > 0;
    return isWanted && !isServed && affordable({ hourlyLimit }, pool.name, firstOffering(pool), left) < 1;
  }).map((pool) => {
    const usd = hourlyLimit.workerUsd(pool.name, firstOffering(pool)) ?? 0;
    const most = moneyText(hourlyLimit.maxUsd);
    return problem(
      "hourly_limit_low",
      `A ${pool.type} may cost ${moneyText(usd)} an hour, and max_hourly_usd of ${most} leaves ` +
        `${moneyText(Math.max(0, left))} for it`,
    );
  });
}
