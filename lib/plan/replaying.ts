/** What becomes of launch calls whose answer was lost: made again with the same token, or settled by a listing. @module */

import type { Action, Attempt, Snapshot } from "../model/mod.ts";
import { type Member, poolNamed, poolOf, refOf } from "./member.ts";
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
 * The call is made again, unless there is no room for it any more: others have its names, or the limit was lowered
 * meanwhile. Then, and when nothing has come of it, it is settled by the listing, once no call can be on its way.
 * Whether there is room only a whole listing tells: another daemon may have launched since the call was first made.
 */
export function replaying(input: ReplayInput): Action[] {
  const { snapshot, memory, members, nowMs } = input;
  return snapshot.inFlight.flatMap((attempt): Action[] => {
    const isOwn = ({ worker }: Member) => worker.instance.attemptId === attempt.id;
    const [own, others] = [members.filter(isOwn), members.filter((member) => !isOwn(member))];
    const mayRun = fits(attempt, others, own, input);
    if (isPast(attempt, input) && (own.length === 0 || !mayRun)) {
      const reason = own.length === 0 ? "nothing has come of it" : "what has come of it is listed";
      return [{ kind: "settle", attempt, launched: own.map(refOf), reason }];
    }
    if (!mayRun || nowMs < launchNotBeforeMs(memory, attempt.pool)) return [];
    return [{ kind: "replay", attempt, reason: "its answer was lost" }];
  });
}

/** Whether the listing shows all that its calls have launched, or ever will. */
function isPast({ id }: Attempt, { snapshot, memory, rules }: ReplayInput): boolean {
  const lostMs = memory.lostAnswersMs[id];
  if (lostMs === undefined || snapshot.listing?.complete !== true) return false;
  return snapshot.listedAtMs >= lostMs + (ON_THE_WAY_S + rules.goneAfterS) * 1000;
}

function fits(
  { id, names, pool: poolName }: Attempt,
  others: readonly Member[],
  own: readonly Member[],
  { rules, snapshot: { inFlight, scheduler }, memory }: ReplayInput,
): boolean {
  if (!memory.surveyed) return false;
  const ownNames = namesOf(own);
  const registered = (scheduler?.workers ?? []).map(({ name }) => name);
  const taken = [...namesOf(others), ...registered.filter((name) => !ownNames.includes(name))];
  if (names.some((name) => taken.includes(name))) return false;
  const pool = rules.pools.find(({ name }) => name === poolName);
  if (pool === undefined) return false; // nobody wants it any more
  const existing = namesOf(others.filter(({ worker }) => poolOf(worker, rules).name === pool.name));
  // Another call that is open may have launched all it asked for, listed or not.
  const open = inFlight.filter((other) => other.id !== id && poolNamed(other.pool, rules).name === pool.name)
    .flatMap(({ names }) => names);
  return new Set([...existing, ...open]).size + names.length <= pool.maxWorkers;
}

function namesOf(members: readonly Member[]): string[] {
  return members.map(({ worker }) => worker.instance.name);
}
