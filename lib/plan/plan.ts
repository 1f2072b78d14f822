/**
 * The plan: a snapshot and a memory in, actions and a memory out. Pure, and the same for every
 * platform.
 * @module
 */

import type { Action, Snapshot } from "../model/mod.ts";
import { demandOf } from "./demand.ts";
import { idleLimit } from "./idle_limit.ts";
import { type Memory, rememberKept, withFailedBoots } from "./memory.ts";
import { reachedBudget } from "./money_limits.ts";
import { endsAll, overBudget, overLimit } from "./over_limit.ts";
import { recoverAttempts } from "./recover_attempts.ts";
import { replacePaused } from "./replace_paused.ts";
import type { Rules } from "./rules.ts";
import { retiringIn, scaleDown, terminations } from "./scale_down.ts";
import { scaleUp } from "./scale_up.ts";
import { updateMemory } from "./update_memory.ts";
import { workersOf } from "./worker.ts";

/** What a plan is made from. */
export interface PlanInput {
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/** The actions, in the order to carry them out, and the memory for the next plan. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly memory: Memory;
}

/** Decides what to do now; nothing, without the scheduler's report, a listing or the lease. */
export function plan({ rules, snapshot, memory: before, nowMs }: PlanInput): Plan {
  const updated = updateMemory(before, snapshot, nowMs, rules.goneAfterS);
  const report = snapshot.scheduler;
  if (report === null || snapshot.listing === null || !snapshot.leaseHeld) {
    return { actions: [], memory: updated };
  }

  const demand = demandOf(report, rules.pools, updated.bootS);
  const workers = workersOf(updated, report);
  const schedulerSinceMs = updated.scheduler?.sinceMs ?? nowMs;
  const reached = reachedBudget(rules, { ...snapshot, workers }, updated.reachedBudget);
  const terminated = terminations({
    ...{ workers, rules, schedulerSinceMs, nowMs },
    endsAll: endsAll(rules, reached),
  });
  const present = workers.filter((worker) => !terminated.workers.includes(worker));
  const ended = overBudget(present, rules, reached);
  const staying = present.filter((worker) => !ended.workers.includes(worker));
  const down = scaleDown(staying, demand, rules, (pool) => idleLimit(rules, updated.bootS, pool), nowMs);
  const retiring = retiringIn(down.actions);
  const failedBoots = withFailedBoots(updated.failedBoots, terminated.late.map(({ memory }) => memory));
  const memory = down.kept.reduce(
    (known, { worker, reason }) => rememberKept(known, worker.memory.instance.id, reason, nowMs),
    { ...updated, failedBoots, reachedBudget: reached },
  );
  return {
    actions: [
      ...recoverAttempts({ workers, rules, snapshot, memory, nowMs }),
      ...terminated.actions,
      ...ended.actions,
      ...overLimit(staying, down, rules, snapshot, reached),
      ...down.actions,
      ...replacePaused(
        staying.filter(({ memory: { instance: { id } } }) => !retiring.has(id)),
        demand,
        rules,
        nowMs,
      ),
      ...scaleUp({ workers, staying, demand, rules, snapshot, memory, nowMs }),
    ],
    memory,
  };
}
