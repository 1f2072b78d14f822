/** Workers that Dask has paused for lack of memory: which are replaced, and why the others stay. @module */

import type { Action } from "../model/mod.ts";
import type { Demand } from "./demand.ts";
import { PAUSED_S, type Rules } from "./rules.ts";
import { isAble, refOf, type Worker } from "./worker.ts";

/**
 * Dask's own target: above this part of its limit a worker writes results to disk instead of
 * keeping them.
 */
const FULL = 0.6;

/**
 * Retires a worker that has been paused with nothing executing for {@linkcode PAUSED_S}, where tasks
 * wait for it or for what would come in its place. One at a time: each needs room for its results on
 * the others.
 */
export function replacePaused(
  workers: readonly Worker[],
  demand: Demand,
  { pools }: Pick<Rules, "pools">,
  nowMs: number,
): Action[] {
  const isDue = ({ memory: { stuckSinceMs } }: Worker) =>
    stuckSinceMs !== null && nowMs - stuckSinceMs >= PAUSED_S * 1000;
  const due = workers.filter((worker) => isPaused(worker) && isDue(worker)).find((worker) =>
    isMissed(worker, workers, demand, pools) && whyPausedStays(worker, workers) === null
  );
  if (due === undefined) return [];
  const reason = `paused for lack of memory, and executing nothing for ${PAUSED_S} s`;
  return [{ kind: "retire", workers: [refOf(due)], reason }];
}

/** True while Dask starts no task on it, for lack of memory. */
export function isPaused({ state, dask }: Worker): boolean {
  return state === "running" && dask?.status === "paused";
}

/** Why a paused worker is not replaced; null: it is, once it executes nothing for long enough. */
export function whyPausedStays(worker: Worker, workers: readonly Worker[]): string | null {
  const { dask } = worker;
  if (dask === undefined) return null;
  if (dask.keptReason !== null) return dask.keptReason;
  if (dask.completed === 0) return "it has finished no task, and one in its place would pause as well";
  return dask.holdsResults && roomBeside(worker, workers) < dask.heldBytes
    ? "no other worker has room for its results"
    : null;
}

/** Bytes that the others can take over without being full themselves; below 0 without any. */
function roomBeside(worker: Worker, workers: readonly Worker[]): number {
  const takers = workers.filter((other) => other !== worker && other.state === "running" && isAble(other));
  if (takers.length === 0) return -1;
  return takers.reduce((sum, { dask }) => {
    if (dask === undefined) return sum;
    const { memoryBytes, memoryLimitBytes } = dask;
    return sum +
      (memoryLimitBytes === null ? Infinity : Math.max(0, FULL * memoryLimitBytes - (memoryBytes ?? 0)));
  }, 0);
}

/** Whether a task waits for it, or its pool has fewer workers that start tasks than it should. */
function isMissed(
  { dask, memory: { instance: { pool } } }: Worker,
  workers: readonly Worker[],
  { byPool }: Demand,
  pools: Rules["pools"],
): boolean {
  const counts = pools.some(({ name }) => name === pool) ? pool : pools[0]?.name ?? pool;
  const able = workers.filter((other) => other.memory.instance.pool === pool && isAble(other)).length;
  return (dask?.processing ?? 0) > 0 || (byPool[counts]?.target ?? 0) > able;
}
