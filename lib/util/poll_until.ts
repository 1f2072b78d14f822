/** Waits for something that has to be asked for. @module */

import type { Clock } from "../runtime.ts";

/** How often to ask, and for how long. */
export interface PollTimes {
  readonly everyMs: number;
  readonly withinMs: number;
}

/**
 * Asks at least once, and again until there is an answer or the time is up.
 *
 * @param ask resolves to null while there is no answer
 * @returns the first answer; null if there was none in time
 */
export async function pollUntil<T>(
  clock: Clock,
  { everyMs, withinMs }: PollTimes,
  ask: () => Promise<T | null>,
): Promise<T | null> {
  const deadlineMs = clock.monotonicMs() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (clock.monotonicMs() >= deadlineMs) return null;
    await clock.sleep(everyMs);
  }
}
