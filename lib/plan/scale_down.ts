/**
 * Scaling down: which idle workers retire because the demand needs fewer, and which instances are
 * terminated because they will never serve.
 * @module
 */

import type { Action, Pool, WorkerRef } from "../model/mod.ts";
import type { Demand } from "./demand.ts";
import { HOLDS_RESULTS, type WorkerMemory } from "./memory.ts";
import type { IdleLimit } from "./idle_limit.ts";
import { REJOIN_S, type Rules, TERMINATE_RETRY_S } from "./rules.ts";
import { isAble, isIdle, isInUse, isServing, poolOf, refOf, type Worker } from "./worker.ts";

/** Instances to terminate, and those among them that did not join in time. */
export interface Terminations {
  readonly actions: readonly Action[];
  readonly workers: readonly Worker[];
  readonly late: readonly Worker[];
}

/** What terminations are decided from. */
export interface TerminationInput {
  readonly workers: readonly Worker[];
  readonly rules: Rules;
  /** Since when this daemon has been in contact with this scheduler process. */
  readonly schedulerSinceMs: number;
  /** Whether a budget is used up that ends workers with their tasks. */
  readonly endsAll: boolean;
  readonly nowMs: number;
}

/**
 * Instances that are powered off, that have not stopped since they were terminated, or that did not
 * join in time.
 */
export function terminations(
  { workers, rules, schedulerSinceMs, endsAll, nowMs }: TerminationInput,
): Terminations {
  const off = workers.filter(({ state }) => state === "failed");
  const isDue = ({ terminatedMs, terminateFailed, knownMs }: WorkerMemory) =>
    nowMs - (terminatedMs ?? knownMs) >= (terminateFailed ? TERMINATE_RETRY_S : rules.terminateAgainS) * 1000;
  const due = workers.filter(({ state, memory }) => state === "stopping" && isDue(memory));
  const untold = due.filter(({ memory }) => memory.terminateFailed);
  const stuckStopping = due.filter(({ memory }) => !memory.terminateFailed);
  const late = workers.filter((worker) => isLate(worker, rules, schedulerSinceMs, nowMs));
  const timeouts = [...new Set(late.map(({ memory }) => poolOf(memory, rules).bootTimeoutS))].join(" or ");
  return {
    actions: [
      ...terminate(off, "powered off, and its disk costs"),
      ...terminate(untold, "the last call to terminate it failed", endsAll),
      ...terminate(stuckStopping, `not gone ${rules.terminateAgainS} s after the last call`, endsAll),
      ...terminate(late, `did not join within ${timeouts} s`),
    ],
    workers: [...off, ...due, ...late],
    late,
  };
}

/**
 * A worker from before the scheduler started, or from before this daemon's contact with it, gets
 * time to rejoin.
 */
function isLate({ state, memory }: Worker, rules: Rules, schedulerSinceMs: number, nowMs: number): boolean {
  if (state !== "pending" && state !== "booting") return false;
  const sinceMs = memory.leftMs ?? memory.launchedMs;
  return nowMs - sinceMs > poolOf(memory, rules).bootTimeoutS * 1000 &&
    nowMs - schedulerSinceMs > REJOIN_S * 1000;
}

function terminate(workers: readonly Worker[], reason: string, isForced = false): Action[] {
  const force = isForced ? { force: true } as const : {};
  return workers.length === 0 ? [] : [{ kind: "terminate", workers: workers.map(refOf), reason, ...force }];
}

/** Workers to retire, and those that would retire if they held no results, with the reason. */
export interface ScaleDown {
  readonly actions: readonly Action[];
  readonly kept: readonly Candidate[];
}

/**
 * Retires idle workers beyond the demand, but never the last one that holds a result which a client
 * wants.
 *
 * @param limitOf for how long workers of a pool may be idle
 */
export function scaleDown(
  workers: readonly Worker[],
  demand: Demand,
  rules: Pick<Rules, "pools" | "holdResultsS">,
  limitOf: (pool: Pool) => IdleLimit,
  nowMs: number,
): ScaleDown {
  const surplus = rules.pools.flatMap((pool) => {
    const { target = 0, later = 0 } = demand.byPool[pool.name] ?? {};
    const ofPool = workers.filter(({ memory: { instance } }) => instance.pool === pool.name);
    return surplusOf(ofPool, pool.type, { target, later, ...limitOf(pool) }, nowMs);
  });
  const ofNoPool = workers.filter((worker) =>
    !rules.pools.some(({ name }) => name === worker.memory.instance.pool) && isIdleWorker(worker)
  ).map((worker) => ({ worker, reason: "its pool is no longer configured" }));
  const candidates = [...surplus, ...ofNoPool];
  const free = candidates.filter(({ worker }) => !isKept(worker));

  const holder = lastHolder(workers, free.map(({ worker }) => worker));
  const byReason = new Map<string, WorkerRef[]>();
  for (const { worker, reason } of free) {
    if (worker === holder) continue;
    byReason.set(reason, [...(byReason.get(reason) ?? []), refOf(worker)]);
  }
  const retirements = [...byReason].map(([reason, refs]): Action => ({
    kind: "retire",
    workers: refs,
    reason,
  }));
  // What is in use is no result that a client could let go of.
  const kept = candidates.map(({ worker }) => worker)
    .filter((worker) => worker === holder || isKept(worker) && !isInUse(worker.dask))
    .map((worker) => ({ worker, reason: worker.dask?.keptReason ?? HOLDS_RESULTS }));
  return { actions: [...retirements, ...giveUpResults(kept, rules, nowMs)], kept };
}

/** Ids of the instances whose workers these actions retire. */
export function retiringIn(actions: readonly Action[]): ReadonlySet<string> {
  return new Set(
    actions.flatMap((action) => action.kind === "retire" ? action.workers.map(({ id }) => id) : []),
  );
}

/** A worker, and why it retires or stays. */
export interface Candidate {
  readonly worker: Worker;
  readonly reason: string;
}

/** How many workers a pool needs, and for how long others stay that are idle. */
interface Need extends IdleLimit {
  readonly target: number;
  readonly later: number;
}

function surplusOf(workers: readonly Worker[], type: string, need: Need, nowMs: number): Candidate[] {
  const { target, later, plainS, wantedS } = need;
  const outdated = workers.filter((worker) => isIdleWorker(worker) && worker.memory.instance.type !== type)
    .map((worker) => ({ worker, reason: `worker_type is now ${type}` }));
  const serving = workers.filter((worker) => isServing(worker) && worker.memory.instance.type === type);
  const idle = serving.filter((worker) => isIdleWorker(worker) && idleS(worker, nowMs) >= plainS)
    .sort((a, b) =>
      Number(a.dask?.holdsResults) - Number(b.dask?.holdsResults) || idleS(b, nowMs) - idleS(a, nowMs)
    );
  // A booting worker may never join, so it replaces no other.
  const ableCount = serving.filter((worker) => isAble(worker) && worker.state === "running").length;
  const able = idle.filter(isAble);
  const beyondTarget = Math.max(0, ableCount - target);
  const longIdle = able.filter((worker) => idleS(worker, nowMs) >= wantedS).length;
  const surplus = [
    ...idle.filter((worker) => !isAble(worker)),
    // Those that cannot retire serve what demand there is.
    ...[...able.filter((worker) => !isKept(worker)), ...able.filter(isKept)]
      .slice(0, Math.max(Math.min(longIdle, beyondTarget), beyondTarget - later)),
  ].map((worker) => ({
    worker,
    reason: `no task for ${idleS(worker, nowMs) >= wantedS ? wantedS : plainS} s`,
  }));
  return [...outdated, ...surplus];
}

/**
 * The candidate that has to stay while there are results: a retiring worker moves its results to
 * another, so one has to be left. It is the one with the most bytes to move. A worker that Dask has
 * paused accepts no results, so it only stays when no other candidate can.
 */
function lastHolder(workers: readonly Worker[], candidates: readonly Worker[]): Worker | undefined {
  if (workers.some((worker) => acceptsResults(worker) && !candidates.includes(worker))) return undefined;
  const holders = candidates.filter(({ dask }) => dask?.holdsResults);
  if (holders.length === 0) return undefined;
  const accepting = candidates.filter(acceptsResults);
  return (accepting.length > 0 ? accepting : holders)
    .toSorted((a, b) => (b.dask?.heldBytes ?? 0) - (a.dask?.heldBytes ?? 0))[0];
}

function acceptsResults(worker: Worker): boolean {
  return worker.dask !== undefined && worker.state === "running" && isAble(worker);
}

/**
 * Cancels results after hold_results_s; the next tick then finds workers that hold nothing, and
 * retires them.
 */
function giveUpResults(
  kept: readonly Candidate[],
  { holdResultsS }: Pick<Rules, "holdResultsS">,
  nowMs: number,
): Action[] {
  if (holdResultsS === null) return [];
  const due = kept.map(({ worker }) => worker).filter(({ memory, dask }) =>
    dask?.holdsResults && memory.keptSinceMs !== null && nowMs - memory.keptSinceMs >= holdResultsS * 1000
  );
  if (due.length === 0) return [];
  const reason = `hold_results_s: results were held for ${holdResultsS} s with no task to run`;
  return [{ kind: "cancel", workers: due.map(refOf), reason }];
}

/** True when the scheduler says that it cannot retire now. */
export function isKept({ dask }: Worker): boolean {
  return dask !== undefined && dask.keptBy !== null;
}

function isIdleWorker({ state, dask, memory }: Worker): boolean {
  return state === "running" && dask !== undefined && isIdle(dask) && memory.idleSinceMs !== null;
}

function idleS({ memory }: Worker, nowMs: number): number {
  return memory.idleSinceMs === null ? 0 : (nowMs - memory.idleSinceMs) / 1000;
}
