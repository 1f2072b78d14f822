/** Which workers leave because there is nothing for them to do. @module */

import type { Action, WorkerRef } from "../model/mod.ts";
import type { Demand } from "./demand.ts";
import { isAble, isIdle, isServing, type Member, refOf } from "./member.ts";
import type { Rules } from "./rules.ts";

/** Who leaves, and who would if it did not hold results. */
export interface Leaving {
  readonly actions: readonly Action[];
  readonly kept: readonly Member[];
}

/** Idle workers beyond what the tasks ask for; never the last one that holds a result somebody wants. */
export function leaving(members: readonly Member[], demand: Demand, rules: Rules, nowMs: number): Leaving {
  const surplus = rules.pools.flatMap((pool) => {
    const target = demand.byPool[pool.name]?.target ?? 0;
    return surplusOf(
      members.filter(({ worker }) => worker.instance.pool === pool.name),
      pool.type,
      target,
      rules,
      nowMs,
    );
  });
  const orphans = members.filter(({ worker }) =>
    !rules.pools.some(({ name }) => name === worker.instance.pool)
  )
    .filter((member) => isIdleMember(member)).map((member) => ({
      member,
      reason: "its pool is no longer configured",
    }));
  const candidates = [...surplus, ...orphans];

  const survivor = lastHolder(members, candidates.map(({ member }) => member));
  const reasons = new Map<string, WorkerRef[]>();
  for (const { member, reason } of candidates) {
    if (member === survivor) continue;
    reasons.set(reason, [...(reasons.get(reason) ?? []), refOf(member)]);
  }
  const retirements = [...reasons].map(([reason, workers]): Action => ({ kind: "retire", workers, reason }));
  if (survivor === undefined) return { actions: retirements, kept: [] };
  return { actions: [...retirements, ...giveUp(survivor, rules, nowMs)], kept: [survivor] };
}

interface Candidate {
  readonly member: Member;
  readonly reason: string;
}

function surplusOf(
  members: readonly Member[],
  type: string,
  target: number,
  rules: Rules,
  nowMs: number,
): Candidate[] {
  const outdated = members.filter((member) => isIdleMember(member) && member.worker.instance.type !== type)
    .map((member) => ({ member, reason: `worker_type is now ${type}` }));
  const serving = members.filter((member) => isServing(member) && member.worker.instance.type === type);
  const idle = serving.filter((member) => isIdleMember(member) && idleS(member, nowMs) >= rules.maxIdleTimeS)
    .sort((a, b) =>
      Number(a.dask?.holdsResults) - Number(b.dask?.holdsResults) || idleS(b, nowMs) - idleS(a, nowMs)
    );
  // One that still boots may never come: it takes nobody's place.
  const ableCount = serving.filter((member) => isAble(member) && member.phase === "running").length;
  const surplus = [
    ...idle.filter((member) => !isAble(member)),
    ...idle.filter(isAble).slice(0, Math.max(0, ableCount - target)),
  ].map((member) => ({ member, reason: `no task for ${rules.maxIdleTimeS} s` }));
  return [...outdated, ...surplus];
}

/**
 * The worker that has to stay: results move to whoever remains, so one must remain while there is a result. The one with
 * the most to move stays. One that Dask has paused takes no results: it is of use only when it has some itself.
 */
function lastHolder(members: readonly Member[], candidates: readonly Member[]): Member | undefined {
  if (members.some((member) => takesResults(member) && !candidates.includes(member))) return undefined;
  const holders = candidates.filter(({ dask }) => dask?.holdsResults);
  if (holders.length === 0) return undefined;
  const takers = candidates.filter(takesResults);
  return (takers.length > 0 ? takers : holders)
    .toSorted((a, b) => (b.dask?.heldBytes ?? 0) - (a.dask?.heldBytes ?? 0))[0];
}

function takesResults(member: Member): boolean {
  return member.dask !== undefined && member.phase === "running" && isAble(member);
}

/** After hold_results_s the results are given up, and the next tick finds a worker that holds nothing. */
function giveUp(survivor: Member, rules: Rules, nowMs: number): Action[] {
  const { worker, dask } = survivor;
  if (rules.holdResultsS === null || worker.keptSinceMs === null || !dask?.holdsResults) return [];
  if (nowMs - worker.keptSinceMs < rules.holdResultsS * 1000) return [];
  const reason = `hold_results_s: results were held for ${rules.holdResultsS} s with no task to run`;
  return [{ kind: "cancel", workers: [refOf(survivor)], reason }];
}

function isIdleMember({ phase, dask, worker }: Member): boolean {
  return phase === "running" && dask !== undefined && isIdle(dask) && worker.idleSinceMs !== null;
}

function idleS({ worker }: Member, nowMs: number): number {
  return worker.idleSinceMs === null ? 0 : (nowMs - worker.idleSinceMs) / 1000;
}
