/**
 * Recovers attempts whose answer was lost: makes the call again with the same token, or closes it
 * by a listing.
 * @module
 */

import type { Action, Attempt, Snapshot } from "../model/mod.ts";
import { launchNotBeforeMs, type Memory } from "./memory.ts";
import { affordable, moneyLeft } from "./money_limits.ts";
import { type Rules, UNDER_WAY_S } from "./rules.ts";
import { isCounted, poolNamed, poolOf, refOf, type Worker } from "./worker.ts";

/** What the recovery is decided from. */
export interface RecoveryInput {
  readonly workers: readonly Worker[];
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/**
 * Makes a call again while there is room for what it asks: its names are free, and the pool's limit
 * still allows them. Otherwise, and when it has launched nothing, a listing closes the attempt once
 * no call of it can be under way. Only a complete listing shows whether there is room: another
 * daemon may have launched since the first call.
 */
export function recoverAttempts(input: RecoveryInput): Action[] {
  const { snapshot, memory, workers, nowMs } = input;
  return snapshot.openAttempts.flatMap((attempt): Action[] => {
    const isOwn = ({ memory: { instance } }: Worker) => instance.attemptId === attempt.id;
    const [own, others] = [workers.filter(isOwn), workers.filter((worker) => !isOwn(worker))];
    const hasRoom = fits(attempt, others, own, input);
    if (isPast(attempt, input) && (own.length === 0 || !hasRoom)) {
      const reason = own.length === 0 ? "it has launched nothing" : "all it has launched is listed";
      return [{ kind: "close", attempt, launched: own.map(refOf), reason }];
    }
    if (!hasRoom || nowMs < launchNotBeforeMs(memory, attempt.pool)) return [];
    return [{ kind: "replay", attempt, reason: "its answer was lost" }];
  });
}

/** Whether the listing shows all that the attempt's calls have launched or ever will. */
function isPast({ id }: Attempt, { snapshot, memory, rules }: RecoveryInput): boolean {
  const lostMs = memory.lostAnswersMs[id];
  if (lostMs === undefined || snapshot.listing?.complete !== true) return false;
  return snapshot.listedAtMs >= lostMs + (UNDER_WAY_S + rules.goneAfterS) * 1000;
}

function fits(
  attempt: Attempt,
  others: readonly Worker[],
  own: readonly Worker[],
  { rules, snapshot: { openAttempts, scheduler, spent }, memory }: RecoveryInput,
): boolean {
  const { id, names, pool: poolName } = attempt;
  if (!memory.listedUnderLease) return false;
  const ownNames = namesOf(own);
  const registered = (scheduler?.workers ?? []).map(({ name }) => name);
  const taken = [...namesOf(others), ...registered.filter((name) => !ownNames.includes(name))];
  if (names.some((name) => taken.includes(name))) return false;
  const pool = rules.pools.find(({ name }) => name === poolName);
  if (pool === undefined) return false; // the pool is no longer configured
  const existing = namesOf(
    others.filter((worker) => poolOf(worker.memory, rules).name === pool.name && isCounted(worker, rules)),
  );
  // Another open attempt may have launched all its names, listed or not.
  const open = openAttempts.filter((other) =>
    other.id !== id && poolNamed(other.pool, rules).name === pool.name
  )
    .flatMap(({ names }) => names);
  if (new Set([...existing, ...open]).size + names.length > pool.maxWorkers) return false;
  const otherAttempts = openAttempts.filter((other) => other.id !== id);
  const costing = { workers: others, openAttempts: otherAttempts, spent };
  const left = moneyLeft(rules, costing, memory.reachedBudget);
  return affordable(rules, poolName, attempt, left) >= names.length;
}

function namesOf(workers: readonly Worker[]): string[] {
  return workers.map(({ memory: { instance } }) => instance.name);
}
