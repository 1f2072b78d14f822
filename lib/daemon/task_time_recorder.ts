/** Records how workers spend their time, as their scheduler reports it. @module */

import type { SchedulerReport } from "../model/mod.ts";
import { taskTimesOf } from "../price/task_part.ts";
import type { Clock } from "../runtime.ts";
import type { History } from "../status/history.ts";

/** What has changed is written once in so many milliseconds; what has ended at once. */
const WRITE_EVERY_MS = 15_000;

/** What is recorded, and when. */
export interface Reported {
  /** The scheduler's last answer; null: it is unreachable. */
  readonly report: Pick<SchedulerReport, "taskTime"> | null;
  /** When it came; wall clock, milliseconds. */
  readonly reportedMs: number;
  /** Whether none will follow. */
  readonly isLast?: boolean;
}

/**
 * A function that records how workers spend their time. What a scheduler reports is the whole of each
 * session, so that it may be written again, also by the next daemon.
 */
export function taskTimeRecorder(
  history: Pick<History, "lives" | "recordTaskTimes">,
  clock: Pick<Clock, "monotonicMs">,
): (reported: Reported) => Promise<void> {
  let writtenMs = -Infinity;
  /** Sessions that are over, and written. */
  let done: ReadonlySet<string> = new Set();
  return async ({ report, reportedMs, isLast = false }) => {
    const told = report?.taskTime ?? [];
    const news = told.filter(({ session }) => !done.has(session));
    const isDue = isLast || clock.monotonicMs() - writtenMs >= WRITE_EVERY_MS ||
      news.some(({ left }) => left);
    if (!isDue || news.length === 0) return;
    const oldestMs = reportedMs - Math.max(...news.map(({ joinedAgoS }) => joinedAgoS)) * 1000;
    const times = taskTimesOf(news, await history.lives(Math.max(0, oldestMs)), reportedMs);
    if (times.length > 0) await history.recordTaskTimes(times);
    done = new Set(told.filter(({ left }) => left).map(({ session }) => session));
    writtenMs = clock.monotonicMs();
  };
}
