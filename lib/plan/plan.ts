/**
 * The decision: a snapshot and a memory in, actions and a memory out. Pure, and the same for every provider.
 * @module
 */

import type { Action, Snapshot } from "../model/mod.ts";
import { demandOf } from "./demand.ts";
import { ending } from "./ending.ts";
import { launching } from "./launching.ts";
import { leaving } from "./leaving.ts";
import { membersOf } from "./member.ts";
import { type Memory, rememberKept, withFailedBoots } from "./memory.ts";
import { notice } from "./notice.ts";
import { replaying } from "./replaying.ts";
import type { Rules } from "./rules.ts";

/** All that a plan goes by. */
export interface PlanInput {
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/** What a plan comes to. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly memory: Memory;
}

/**
 * Decides what to do now. Without the scheduler's word or the lease nothing is launched and nothing is ended.
 */
export function plan({ rules, snapshot, memory: before, nowMs }: PlanInput): Plan {
  const noticed = notice(before, snapshot, nowMs, rules.goneAfterS);
  const report = snapshot.scheduler;
  if (report === null || snapshot.listing === null || !snapshot.leaseHeld) {
    return { actions: [], memory: noticed };
  }

  const demand = demandOf(report, rules.pools);
  const members = membersOf(noticed, report);
  const schedulerSinceMs = noticed.scheduler?.sinceMs ?? nowMs;
  const ended = ending({ members, rules, schedulerSinceMs, nowMs });
  const staying = members.filter((member) => !ended.members.includes(member));
  const left = leaving(staying, demand, rules, nowMs);
  const failedBoots = withFailedBoots(noticed.failedBoots, ended.late.map(({ worker }) => worker));
  const memory = rememberKept(
    { ...noticed, failedBoots },
    left.kept.map(({ worker }) => worker.instance.id),
    nowMs,
  );
  return {
    actions: [
      ...replaying({ members, rules, snapshot, memory, nowMs }),
      ...ended.actions,
      ...left.actions,
      ...launching({ members, staying, demand, rules, snapshot, memory, nowMs }),
    ],
    memory,
  };
}
