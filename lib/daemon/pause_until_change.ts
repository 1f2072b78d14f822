/** The pause between two ticks, which ends early when the scheduler says that something has changed. @module */

import { launchesWait } from "../plan/memory.ts";
import { LONGEST_S, type Pause, pauseForInterval, pollIntervalMs } from "../reconcile/tick.ts";
import type { TickState } from "../reconcile/tick_state.ts";
import type { Clock } from "../runtime.ts";
import { backoff } from "../util/backoff.ts";

/** Poll intervals between two ticks of an idle cluster. */
const IDLE_INTERVALS = 5;

/** From an early tick that launches nothing to the next one, at least; each such tick doubles it, up to the poll interval. */
const SHORTEST_GAP_MS = 25;

/** From an early tick that launches to the next one, at least: a script's tasks share a launch. */
const LAUNCHING_SHARE = 1 / 4; // of the poll interval
const LAUNCHING_GAP_MS = 1000; // at most

/** A scheduler that answers sooner, and says that nothing has changed, does not hold the call. */
const HELD_AT_LEAST_MS = 1000;

/** Resolves once the scheduler's `changes` are others than these, or when it holds the call no longer. */
export type ChangedFrom = (changes: number) => Promise<number>;

/** A call that the scheduler holds. */
interface Watch {
  readonly changes: number;
  readonly ended: Promise<"changed" | "failed">;
}

/**
 * The pause of {@linkcode pauseForInterval}, which a change ends early. While nothing can become due but what a
 * change tells of, it is as long as {@linkcode LONGEST_S}. Where the scheduler tells no changes, or does
 * not answer, ticks come as without it.
 *
 * However often something changes, early ticks that launch are a quarter of an interval apart, and
 * those that do not soon a whole one.
 */
export function pauseUntilChange(clock: Clock, changedFrom: ChangedFrom): Pause {
  const calls = backoff(clock);
  const pauseOnly = pauseForInterval(clock);
  let watch: Watch | null = null;
  let gapMs = 0;
  let wasEarly = false;

  return async (last, stop) => {
    const { startedMs, pollIntervalS, before, after } = last;
    const intervalMs = pollIntervalMs(pollIntervalS, after.report?.workers.length ?? 0);
    if (!wasEarly) gapMs = 0;
    else if (launchedIn(before, after)) gapMs = Math.min(intervalMs * LAUNCHING_SHARE, LAUNCHING_GAP_MS);
    else gapMs = Math.min(intervalMs, Math.max(SHORTEST_GAP_MS, gapMs * 2));
    wasEarly = false;
    const changes = after.report?.changes ?? null;
    if (changes === null || !calls.isReady()) return await pauseOnly(last, stop);

    if (watch?.changes !== changes) watch = { changes, ended: watchFrom(clock, changedFrom, changes) };
    const longMs = isIdle(after, clock.monotonicMs())
      ? Math.max(intervalMs, Math.min(IDLE_INTERVALS * intervalMs, LONGEST_S * 1000))
      : intervalMs;
    const ended = await unlessDue(clock, watch.ended, startedMs + longMs, stop);
    if (ended === "due") return;
    watch = null;
    calls.record(ended === "failed" ? "failed" : "done");
    if (ended === "failed") return await pauseOnly(last, stop);
    wasEarly = true;
    await clock.sleep(Math.max(0, startedMs + gapMs - clock.monotonicMs()), stop);
  };
}

/** Asks again while the scheduler says that nothing has changed. Never rejects. */
async function watchFrom(
  clock: Clock,
  changedFrom: ChangedFrom,
  changes: number,
): Promise<"changed" | "failed"> {
  try {
    for (;;) {
      const askedMs = clock.monotonicMs();
      const now = await changedFrom(changes);
      if (now !== changes) return "changed";
      if (clock.monotonicMs() - askedMs < HELD_AT_LEAST_MS) return "failed";
    }
  } catch {
    return "failed"; // a tick finds out why
  }
}

async function unlessDue<T>(
  clock: Clock,
  event: Promise<T>,
  atMs: number,
  stop: AbortSignal,
): Promise<T | "due"> {
  const over = new AbortController();
  const end = () => over.abort();
  if (stop.aborted) end();
  stop.addEventListener("abort", end);
  try {
    const due = clock.sleep(Math.max(0, atMs - clock.monotonicMs()), over.signal).then(() => "due" as const);
    return await Promise.race([event, due]);
  } finally {
    stop.removeEventListener("abort", end);
    end();
  }
}

function launchedIn(before: TickState, after: TickState): boolean {
  return Object.keys(after.memory.workers).some((id) => !(id in before.memory.workers));
}

/**
 * Whether there is nothing to do, and nothing to wait for but a change: no worker, task or request,
 * no launch whose outcome is open, and nothing that has failed.
 */
function isIdle({ report, lease, listing, failures, memory }: TickState, nowMs: number): boolean {
  if (report === null || lease === null || listing === null) return false;
  const { waiting, queued, noWorker, processing } = report.tasks;
  const wanted = waiting + queued + noWorker + processing + report.pendingScatters + report.requests.length +
    report.waitingClients.length;
  const known = report.workers.length + listing.instances.length + Object.keys(memory.workers).length;
  return wanted === 0 && known === 0 && listing.complete && memory.listedUnderLease &&
    Object.keys(failures).length === 0 && Object.keys(memory.lostAnswersMs).length === 0 &&
    memory.reachedBudget === null && !launchesWait(memory, nowMs);
}
