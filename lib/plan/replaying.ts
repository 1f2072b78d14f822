/** What becomes of launch calls whose answer was lost: made again with the same token, or given up. @module */

import type { Action, Attempt, Snapshot } from "../model/mod.ts";
import { type Member, poolOf } from "./member.ts";
import { launchNotBeforeMs, type Memory } from "./memory.ts";
import { ON_THE_WAY_S, type Rules } from "./rules.ts";

/** What that is decided from. */
export interface ReplayInput {
  readonly members: readonly Member[];
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/**
 * An attempt is given up when it is certain that its call was never carried out, and never will be. Until then it is
 * made again, but for one that there is no room for any more: its names are taken, or the limit was lowered meanwhile.
 */
export function replaying(input: ReplayInput): Action[] {
  const { snapshot, memory, nowMs } = input;
  return snapshot.inFlight.flatMap((attempt): Action[] => {
    const own = input.members.filter(({ worker }) => worker.instance.attemptId === attempt.id);
    if (own.length === 0 && isOver(attempt, input)) {
      return [{ kind: "drop", attempt, reason: "nothing has come of it" }];
    }
    if (nowMs < launchNotBeforeMs(memory, attempt.pool)) return [];
    if (own.length === 0 && !fits(attempt, input)) return [];
    return [{ kind: "replay", attempt, reason: "its answer was lost" }];
  });
}

/** Whether a listing shows that none of its calls was carried out, nor can be by now. */
function isOver({ id }: Attempt, { snapshot, memory, rules }: ReplayInput): boolean {
  const lostMs = memory.lostAnswersMs[id];
  if (lostMs === undefined || snapshot.listing?.complete !== true) return false;
  return snapshot.listedAtMs >= lostMs + (ON_THE_WAY_S + rules.goneAfterS) * 1000;
}

function fits({ names, pool: poolName }: Attempt, { members, rules }: ReplayInput): boolean {
  if (members.some(({ worker }) => names.includes(worker.instance.name))) return false;
  const pool = rules.pools.find(({ name }) => name === poolName);
  if (pool === undefined) return false; // nobody wants it any more
  const existing = members.filter(({ worker }) => poolOf(worker, rules).name === pool.name).length;
  return existing + names.length <= pool.maxWorkers;
}
