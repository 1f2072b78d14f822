/** Workers beyond a limit that was lowered: they finish their tasks and leave. Pure. @module */

import type { Action, SchedulerReport } from "../model/mod.ts";
import { affordable, isBeyond, leftUsd, usdOf } from "./hourly_limit.ts";
import type { Rules } from "./rules.ts";
import { isKept, retiringIn, type ScaleDown } from "./scale_down.ts";
import { refOf, type Worker } from "./worker.ts";

/**
 * Drains the workers beyond a pool's max_workers, and beyond max_hourly_usd, those with the fewest
 * tasks first, and gives drained ones tasks again once there is room. Idle workers retire as always.
 */
export function overLimit(
  workers: readonly Worker[],
  { actions }: ScaleDown,
  { capabilities }: SchedulerReport,
  rules: Rules,
): Action[] {
  if (!capabilities?.includes("drain.then_retire")) return [];
  const retiring = retiringIn(actions);
  const there = workers.filter(({ state, memory: { instance } }) =>
    state !== "stopping" && state !== "failed" && !retiring.has(instance.id)
  );
  const staying = there.filter(({ state }) => state !== "draining");
  const beyond = beyondMaxWorkers(staying, rules);
  const dear = beyondMaxHourly(staying.filter((worker) => !beyond.includes(worker)), rules);
  const drained = [...beyond, ...dear];
  const left = leftUsd(rules, staying.filter((worker) => !drained.includes(worker)), []);
  return [
    ...rules.pools.flatMap(({ name, maxWorkers }) =>
      drain(beyond.filter(isOf(name)), `max_workers is now ${maxWorkers}`)
    ),
    ...drain(dear, `max_hourly_usd is now ${rules.hourlyLimit?.maxUsd}`),
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
function beyondMaxHourly(staying: readonly Worker[], rules: Rules): Worker[] {
  const { hourlyLimit } = rules;
  let left = leftUsd(rules, staying, []);
  if (hourlyLimit === null || left === -Infinity) return [];
  const beyond: Worker[] = [];
  for (const worker of drainable(staying)) {
    if (!isBeyond(left)) break;
    beyond.push(worker);
    left += usdOf(hourlyLimit, worker) ?? 0;
  }
  return beyond;
}

/** Those that may be drained, the ones with the fewest tasks first. */
function drainable(workers: readonly Worker[]): Worker[] {
  return workers.filter((worker) => worker.state === "running" && worker.dask && !isKept(worker))
    .toSorted((a, b) => (a.dask?.processing ?? 0) - (b.dask?.processing ?? 0));
}

/** Tasks for drained ones again, as far as the limits allow. */
function givenBack(there: readonly Worker[], rules: Rules, leftOfLimit: number): Action[] {
  let left = leftOfLimit;
  return rules.pools.flatMap(({ name, maxWorkers }): Action[] => {
    const ofPool = there.filter(isOf(name));
    const draining = ofPool.filter(({ state }) => state === "draining");
    const room = maxWorkers - (ofPool.length - draining.length);
    const back = draining.filter(({ dask }) => dask?.drained).slice(0, Math.max(0, room)).filter((worker) => {
      const { memory: { instance } } = worker;
      if (affordable(rules, instance.pool, instance, left) < 1) return false;
      left -= rules.hourlyLimit === null ? 0 : usdOf(rules.hourlyLimit, worker) ?? 0;
      return true;
    });
    const reason = `max_workers is now ${maxWorkers}${
      rules.hourlyLimit === null ? "" : `, max_hourly_usd ${rules.hourlyLimit.maxUsd}`
    }`;
    return back.length === 0 ? [] : [{ kind: "undrain", workers: back.map(refOf), reason }];
  });
}

function isOf(pool: string): (worker: Worker) => boolean {
  return ({ memory: { instance } }) => instance.pool === pool;
}

function drain(workers: readonly Worker[], reason: string): Action[] {
  return workers.length === 0 ? [] : [{ kind: "drain", workers: workers.map(refOf), reason }];
}
