/** Demand: the work that the scheduler reports, counted per pool. @module */

import type { Pool, RunnableGroup, SchedulerReport, WorkerRequest } from "../model/mod.ts";
import { bootKey, type Memory } from "./memory.ts";
import { WAITING_CLIENT_S } from "./rules.ts";
import { isNamedByXcore } from "./worker.ts";

/** What a pool's target comes from: the work, or who asks for workers without any. */
export type Cause = "tasks" | "min_workers" | "scale" | "scatter" | "waiting_client";

/** The demand for one pool. */
export interface PoolDemand {
  /** Tasks that could run now, on this pool. */
  readonly runnable: number;
  /**
   * Workers that tasks may want which still wait for others, and of which the scheduler cannot tell
   * when they can run.
   */
  readonly later: number;
  /** Tasks that are about to be runnable, for which the target already has workers. */
  readonly soon: number;
  /** Workers the pool should have, never more than its maximum. */
  readonly target: number;
  /** The greatest of the pool's demands; null: there is none. */
  readonly cause: Cause | null;
  /** What is requested; null: nothing. */
  readonly request: WorkerRequest | null;
}

/** The demand of all tasks. */
export interface Demand {
  /** By pool name; every pool has an entry. */
  readonly byPool: Readonly<Record<string, PoolDemand>>;
  /** Groups of tasks that no pool can ever run. */
  readonly unmet: readonly RunnableGroup[];
}

/**
 * The demand of a scheduler's report.
 *
 * @param pools `default` first: plain tasks count for it; then, among pools with the same
 *   resources, the cheapest first
 * @param bootS see {@linkcode Memory}: tasks that can run within it count, so that their workers
 *   have joined by then, or stay; none do where it is not known
 */
export function demandOf(
  report: SchedulerReport,
  pools: readonly Pool[],
  bootS: Memory["bootS"] = {},
): Demand {
  const runnable = new Map(pools.map((pool) => [pool.name, 0]));
  const soon = new Map(pools.map((pool) => [pool.name, 0]));
  const workers = new Map(pools.map((pool) => [pool.name, 0]));
  const unmet: RunnableGroup[] = [];
  for (const group of groupsForPools(report)) {
    const pool = pools.find((candidate) => tasksAtOnce(candidate, group.resources) > 0);
    if (pool === undefined) {
      unmet.push(group);
      continue;
    }
    add(runnable, pool.name, group.count);
    // Rounding waits until all groups are added: two groups share a worker's slots.
    add(workers, pool.name, group.count / tasksAtOnce(pool, group.resources));
  }
  for (const { resources, count, inS } of report.soon) {
    const pool = pools.find((candidate) => tasksAtOnce(candidate, resources) > 0);
    if (pool === undefined || !isSoon(inS, bootS[bootKey(pool.name, pool.type)])) continue;
    add(soon, pool.name, count);
    // One of them gets the slot of the task that ends.
    add(workers, pool.name, (count - 1) / tasksAtOnce(pool, resources));
  }
  const byPool = Object.fromEntries(pools.map((pool, i) => {
    const request = report.requests.find((each) => each.pool === pool.name) ?? null;
    // The first of equals is the cause.
    const wanted: readonly (readonly [Cause, number])[] = [
      ["tasks", Math.max(0, Math.ceil((workers.get(pool.name) ?? 0) - ROUNDING))],
      ["min_workers", pool.minWorkers],
      ["scale", request?.workers ?? 0],
      ["scatter", i === 0 && report.pendingScatters > 0 ? 1 : 0],
      ["waiting_client", i === 0 && countsAsOne(report) ? 1 : 0],
    ];
    const [cause, needed] = wanted.reduce((most, each) => each[1] > most[1] ? each : most);
    const target = Math.min(needed, pool.maxWorkers);
    const demand: PoolDemand = {
      runnable: runnable.get(pool.name) ?? 0,
      soon: soon.get(pool.name) ?? 0,
      later: laterOn(report, pool, bootS[bootKey(pool.name, pool.type)]),
      target,
      cause: needed > 0 ? cause : null,
      request,
    };
    return [pool.name, demand];
  }));
  return { byPool, unmet };
}

/** What waits may need other resources than the pool has: then its idle workers stay a while longer. */
function laterOn({ tasks, soon }: SchedulerReport, pool: Pool, bootS = 0): number {
  const isTold = soon.some(({ inS }) => inS >= -bootS);
  return isTold ? 0 : Math.ceil(tasks.waiting / pool.slots);
}

/** A task that is overdue by as much again may never end. */
function isSoon(inS: number, bootS: number | undefined): boolean {
  return bootS !== undefined && Math.abs(inS) <= bootS;
}

/**
 * Whether a client waits for workers and may be served with one: it does not say how many it waits
 * for, and how long it waits may be an oversight. A worker that was started by hand serves it.
 */
export function countsAsOne({ waitingClients, workers }: SchedulerReport): boolean {
  return waitingClients.some((forS) => forS < WAITING_CLIENT_S) &&
    workers.every(({ name }) => isNamedByXcore(name));
}

/**
 * The runnable tasks, less the plain ones assigned to manually started workers. Such a worker with
 * resources takes nothing off: its tasks may or may not need them.
 */
function groupsForPools({ runnable, workers }: SchedulerReport): RunnableGroup[] {
  const onManualWorkers = workers.filter(({ name, resources }) =>
    !isNamedByXcore(name) && Object.keys(resources).length === 0
  ).reduce((sum, { processing, nthreads }) => sum + Math.min(processing, nthreads), 0);
  if (onManualWorkers === 0) return [...runnable];
  return runnable.map(({ resources, count }) => ({
    resources,
    count: Object.keys(resources).length === 0 ? Math.max(0, count - onManualWorkers) : count,
  }));
}

/** Three thirds add up to a little more than one in floating point. */
const ROUNDING = 1e-9;

/** How many tasks with these needs one worker of the pool runs at a time; 0 when it never can. */
export function tasksAtOnce(pool: Pool, needs: Readonly<Record<string, number>>): number {
  const needed = Object.entries(needs).filter(([, amount]) => amount > 0);
  const byResource = needed.map(([name, amount]) => Math.floor((pool.resources[name] ?? 0) / amount));
  return Math.min(pool.slots, ...byResource);
}

function add(counts: Map<string, number>, key: string, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}
