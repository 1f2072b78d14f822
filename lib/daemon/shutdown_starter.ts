/** Since when a cluster is idle, and the shutdown that the daemon starts for it, or for a budget. @module */

import type { Home } from "../config/home.ts";
import { asXcoreError, XcoreError } from "../errors.ts";
import { PROBLEMS, type SchedulerReport } from "../model/mod.ts";
import type { Memory } from "../plan/memory.ts";
import { reachedText } from "../plan/over_limit.ts";
import type { Rules } from "../plan/rules.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { HOUR_S } from "../util/duration_text.ts";
import { detachedShutdown, idleReason, type ShutdownCause } from "../service/detached_shutdown.ts";

/** What is known of a cluster's use from tick to tick. */
export interface IdleWatch {
  /** Monotonic clock; null: it is in use, or nothing was seen yet. */
  readonly sinceMs: number | null;
  /** Changes with everything that uses the cluster, between two ticks too; null: nothing was seen yet. */
  readonly mark: string | null;
}

/** Before the first tick. */
export const UNWATCHED: IdleWatch = { sinceMs: null, mark: null };

/** What a tick sees of a cluster's use. */
export interface UseSeen {
  /** Null: the scheduler did not answer. */
  readonly report: SchedulerReport | null;
  /** When a command last took the lock for changes of the cluster; null: never. */
  readonly commandAtMs: number | null;
}

/**
 * The watch after a tick. While the scheduler does not answer, nothing is known, and the watch stays as
 * it is: what ran meanwhile shows in the scheduler's record of tasks.
 */
export function watchIdle(before: IdleWatch, { report, commandAtMs }: UseSeen, nowMs: number): IdleWatch {
  if (report === null) return before;
  const mark = JSON.stringify([report.schedulerId, tasksEnded(report), commandAtMs]);
  if (isInUse(report)) return { sinceMs: null, mark };
  return { sinceMs: before.sinceMs !== null && before.mark === mark ? before.sinceMs : nowMs, mark };
}

/** Whether a task is not finished, a client is connected, or workers are requested. */
function isInUse(report: SchedulerReport): boolean {
  const { tasks, clients, pendingScatters, waitingClients, requests } = report;
  const unfinished = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
  return unfinished > 0 || clients.length > 0 || waitingClients.length > 0 ||
    requests.some(({ workers, leftS }) => workers > 0 && leftS > 0);
}

function tasksEnded({ record }: SchedulerReport): number {
  if (record === null) return 0;
  return [...record.functions, record.others].reduce(
    (sum, { done, failed, skipped }) => sum + done + failed + skipped,
    0,
  );
}

/** Seconds for which the cluster has been idle; null: it is in use, or nothing is known. */
export function idleForS({ sinceMs }: IdleWatch, nowMs: number): number | null {
  return sinceMs === null ? null : (nowMs - sinceMs) / 1000;
}

/** The time after which a shutdown that was started should have stopped this daemon. */
const STARTED_AGAIN_AFTER_S = 300;

/** What a {@linkcode shutdownStarter} starts a shutdown by. */
export interface ShutdownStarterDeps {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Starts the process; see {@linkcode detachedShutdown}. */
  start(cause: ShutdownCause): Promise<void>;
  /** Whether a command is changing the cluster. */
  isChanging(): Promise<boolean>;
}

/** The shutdown as {@linkcode shutdownStarter} starts it on this machine. */
export function starterDeps(runtime: Runtime, home: Home, clusterId: string): ShutdownStarterDeps {
  return {
    clock: runtime.clock,
    start: (cause) => detachedShutdown(runtime, home, clusterId, cause),
    isChanging: () => runtime.files.isLocked(home.verbLock),
  };
}

/** Why a cluster that has been idle for long enough is shut down; null: it is not. */
export function idleCause(idleS: number | null, limitH: number | null): ShutdownCause | null {
  if (idleS === null || limitH === null || idleS < limitH * HOUR_S) return null;
  return { reason: idleReason(idleS), onlyIfIdle: true };
}

/** Why a cluster is shut down whose budget is used up; null: it is not. */
export function budgetCause(
  { moneyLimits }: Pick<Rules, "moneyLimits">,
  { reachedBudget }: Pick<Memory, "reachedBudget">,
): ShutdownCause | null {
  if (reachedBudget === null || moneyLimits?.budget?.onBudget !== "shutdown") return null;
  return { reason: reachedText(reachedBudget), onlyIfIdle: false };
}

/**
 * A function that starts the shutdown of a cluster while there is a cause for it, once: should this
 * daemon run on after some minutes, it starts another.
 *
 * @returns what `xcore status` shows of one that was started in vain; null: nothing
 */
export function shutdownStarter(
  { clock, start, isChanging }: ShutdownStarterDeps,
): (cause: ShutdownCause | null) => Promise<XcoreError | null> {
  let startedMs = -Infinity;
  let hasStarted = false;
  let failure: XcoreError | null = null;
  return async (cause) => {
    if (cause === null) {
      hasStarted = false;
      return failure = null;
    }
    if (clock.monotonicMs() - startedMs < STARTED_AGAIN_AFTER_S * 1000 || await isChanging()) return failure;
    startedMs = clock.monotonicMs();
    try {
      await start(cause);
      failure = hasStarted
        ? new XcoreError(
          `The cluster is shut down, ${cause.reason}, and that has not ended this daemon`,
          PROBLEMS.shutdown_unfinished.hint,
        )
        : null;
      hasStarted = true;
    } catch (error) {
      hasStarted = false;
      failure = asXcoreError(error, "shut the cluster down");
    }
    return failure;
  };
}
