/** Workers beyond a limit that was lowered, or when a budget is used up: how they end. Pure. @module */

import type { Action, Snapshot } from "../model/mod.ts";
import { moneyText } from "../util/money_text.ts";
import type { ReachedBudget } from "./memory.ts";
import { affordable, isBeyond, leftBeside, type MoneyLeft, moneyLeft, usdOf } from "./money_limits.ts";
import type { Rules } from "./rules.ts";
import { isKept, retiringIn, type ScaleDown, type Terminations } from "./scale_down.ts";
import { refOf, type Worker } from "./worker.ts";

/**
 * When a budget is used up, the workers that end at once: all of them, or with `drain` those that
 * have not joined.
 */
export function overBudget(
  workers: readonly Worker[],
  { moneyLimits }: Pick<Rules, "moneyLimits">,
  reached: ReachedBudget | null,
): Pick<Terminations, "actions" | "workers"> {
  if (reached === null) return { actions: [], workers: [] };
  const drains = !endsAll({ moneyLimits }, reached);
  const ended = workers.filter(({ state }) =>
    drains ? state === "pending" || state === "booting" : state !== "stopping" && state !== "failed"
  );
  if (ended.length === 0) return { actions: [], workers: [] };
  const force = drains ? {} : { force: true } as const;
  return {
    actions: [{ kind: "terminate", workers: ended.map(refOf), reason: reachedText(reached), ...force }],
    workers: ended,
  };
}

/** Whether a budget is used up that ends workers with their tasks. */
export function endsAll({ moneyLimits }: Pick<Rules, "moneyLimits">, reached: ReachedBudget | null): boolean {
  return reached !== null && moneyLimits?.budget?.onBudget !== "drain";
}

/** `budget_usd of $10.00 is used up`. */
export function reachedText({ setting, usd, day }: ReachedBudget): string {
  return `${setting} of ${moneyText(usd)} is used up${day === null ? "" : ` for ${day}`}`;
}

/**
 * Drains the workers beyond a pool's max_workers, and beyond max_hourly_usd, those with the fewest
 * tasks first, and all of them when a budget is used up; gives drained ones tasks again once there
 * is room. Idle workers retire as always.
 */
export function overLimit(
  workers: readonly Worker[],
  { actions }: ScaleDown,
  rules: Rules,
  { scheduler, spent }: Pick<Snapshot, "scheduler" | "spent">,
  reached: ReachedBudget | null,
): Action[] {
  if (!scheduler?.capabilities?.includes("drain.then_retire")) return [];
  const retiring = retiringIn(actions);
  const there = workers.filter(({ state, memory: { instance } }) =>
    state !== "stopping" && state !== "failed" && !retiring.has(instance.id)
  );
  const staying = there.filter(({ state }) => state !== "draining");
  if (reached !== null) return drain(staying.filter(mayDrain), reachedText(reached));
  const leftOf = (some: readonly Worker[]) =>
    moneyLeft(rules, { workers: some, openAttempts: [], spent }, null);
  const beyond = beyondMaxWorkers(staying, rules);
  const dear = beyondMaxHourly(staying.filter((worker) => !beyond.includes(worker)), rules, leftOf);
  const drained = [...beyond, ...dear];
  const left = leftOf(staying.filter((worker) => !drained.includes(worker)));
  return [
    ...rules.pools.flatMap(({ name, maxWorkers }) =>
      drain(beyond.filter(isOf(name)), `max_workers is now ${maxWorkers}`)
    ),
    ...drain(dear, `max_hourly_usd is now ${rules.moneyLimits?.maxHourlyUsd}`),
    ...(drained.length > 0 ? [] : givenBack(there, rules, left)),
  ];
}

function beyondMaxWorkers(staying: readonly Worker[], { pools }: Rules): Worker[] {
  return pools.flatMap(({ name, maxWorkers }) => {
    const ofPool = staying.filter(isOf(name));
    return drainable(ofPool).slice(0, Math.max(0, ofPool.length - maxWorkers));
  });
}

/** As many as it takes to come within it; none where a price is not known. */
function beyondMaxHourly(
  staying: readonly Worker[],
  { moneyLimits }: Rules,
  leftOf: (some: readonly Worker[]) => MoneyLeft,
): Worker[] {
  let left = leftOf(staying).hourlyUsd;
  if (moneyLimits === null || left === -Infinity) return [];
  const beyond: Worker[] = [];
  for (const worker of drainable(staying)) {
    if (!isBeyond(left)) break;
    beyond.push(worker);
    left += usdOf(moneyLimits, worker) ?? 0;
  }
  return beyond;
}

/** Those that may be drained, the ones with the fewest tasks first. */
function drainable(workers: readonly Worker[]): Worker[] {
  return workers.filter((worker) => mayDrain(worker) && !isKept(worker))
    .toSorted((a, b) => (a.dask?.processing ?? 0) - (b.dask?.processing ?? 0));
}

function mayDrain({ state, dask }: Worker): boolean {
  return state === "running" && dask !== undefined;
}

/** Tasks for drained ones again, as far as the limits allow. */
function givenBack(there: readonly Worker[], rules: Rules, leftOfLimits: MoneyLeft): Action[] {
  const { moneyLimits } = rules;
  let left = leftOfLimits;
  return rules.pools.flatMap(({ name, maxWorkers }): Action[] => {
    const ofPool = there.filter(isOf(name));
    const draining = ofPool.filter(({ state }) => state === "draining");
    const room = maxWorkers - (ofPool.length - draining.length);
    const back = draining.filter(({ dask }) => dask?.drained).slice(0, Math.max(0, room)).filter((worker) => {
      const { memory: { instance } } = worker;
      if (affordable(rules, instance.pool, instance, left) < 1) return false;
      left = leftBeside(left, moneyLimits === null ? 0 : usdOf(moneyLimits, worker) ?? 0);
      return true;
    });
    const reason = [
      `max_workers is now ${maxWorkers}`,
      ...(moneyLimits?.maxHourlyUsd == null ? [] : [`max_hourly_usd ${moneyLimits.maxHourlyUsd}`]),
      ...(moneyLimits?.budget == null ? [] : ["the budget lasts"]),
    ].join(", ");
    return back.length === 0 ? [] : [{ kind: "undrain", workers: back.map(refOf), reason }];
  });
}

function isOf(pool: string): (worker: Worker) => boolean {
  return ({ memory: { instance } }) => instance.pool === pool;
}

function drain(workers: readonly Worker[], reason: string): Action[] {
  return workers.length === 0 ? [] : [{ kind: "drain", workers: workers.map(refOf), reason }];
}
