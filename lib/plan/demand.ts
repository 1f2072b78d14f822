/** What the tasks ask for, pool by pool. @module */

import type { Pool, RunnableGroup, SchedulerReport } from "../model/mod.ts";
import { isOurs } from "./names.ts";

/** What one pool should have. */
export interface PoolDemand {
  /** Tasks that could run now and are this pool's to run. */
  readonly runnable: number;
  /** Workers wanted, between the pool's min and max. */
  readonly target: number;
}

/** What the tasks ask for. */
export interface Demand {
  /** By pool name; every pool has an entry. */
  readonly byPool: Readonly<Record<string, PoolDemand>>;
  /** Groups of tasks that no pool can ever run. */
  readonly unmet: readonly RunnableGroup[];
}

/**
 * The demand of a scheduler's report.
 *
 * @param pools `default` first, which takes the plain tasks; then the cheapest first among those that offer the same
 */
export function demandOf(report: SchedulerReport, pools: readonly Pool[]): Demand {
  const runnable = new Map(pools.map((pool) => [pool.name, 0]));
  const workers = new Map(pools.map((pool) => [pool.name, 0]));
  const unmet: RunnableGroup[] = [];
  for (const group of oursToRun(report)) {
    const pool = pools.find((candidate) => tasksAtOnce(candidate, group.resources) > 0);
    if (pool === undefined) {
      unmet.push(group);
      continue;
    }
    add(runnable, pool.name, group.count);
    // Not rounded here: two groups share a worker's slots.
    add(workers, pool.name, group.count / tasksAtOnce(pool, group.resources));
  }
  const first = pools[0];
  if (first !== undefined && report.pendingScatters > 0) {
    workers.set(first.name, Math.max(workers.get(first.name) ?? 0, 1));
  }
  const byPool = Object.fromEntries(pools.map((pool) => {
    const asked = Math.ceil((workers.get(pool.name) ?? 0) - ROUNDING);
    const target = Math.min(Math.max(asked, pool.minWorkers), pool.maxWorkers);
    return [pool.name, { runnable: runnable.get(pool.name) ?? 0, target }];
  }));
  return { byPool, unmet };
}

/**
 * The runnable tasks but for those in the hands of workers that somebody started by hand. What such a worker with resources
 * runs may need them or not, so that it takes nothing off.
 */
function oursToRun({ runnable, workers }: SchedulerReport): RunnableGroup[] {
  const inOtherHands = workers.filter(({ name, resources }) =>
    !isOurs(name) && Object.keys(resources).length === 0
  ).reduce((sum, { processing, nthreads }) => sum + Math.min(processing, nthreads), 0);
  if (inOtherHands === 0) return [...runnable];
  return runnable.map(({ resources, count }) => ({
    resources,
    count: Object.keys(resources).length === 0 ? Math.max(0, count - inOtherHands) : count,
  }));
}

/** Thirds add up to a hair over one. */
const ROUNDING = 1e-9;

/** How many tasks with these needs one worker of the pool runs at a time; 0 when it never can. */
export function tasksAtOnce(pool: Pool, needs: Readonly<Record<string, number>>): number {
  const wanted = Object.entries(needs).filter(([, amount]) => amount > 0);
  const byResource = wanted.map(([name, amount]) => Math.floor((pool.resources[name] ?? 0) / amount));
  return Math.min(pool.slots, ...byResource);
}

function add(counts: Map<string, number>, key: string, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}
