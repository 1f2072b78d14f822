/** Asks again: until there is an answer, or only once the last answer is too old. @module */

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
  clock: Pick<Clock, "monotonicMs" | "sleep">,
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

/**
 * `ask`, whose last answer is good for `everyS` seconds. A failure is passed on, and asked again by
 * the next call.
 *
 * @param ask is given a key; answers are kept by it
 */
export function cached<T>(
  clock: Pick<Clock, "monotonicMs">,
  everyS: number,
  ask: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined && clock.monotonicMs() - known.atMs < everyS * 1000) return known.answer;
    const answer = ask(key);
    answers.set(key, { atMs: clock.monotonicMs(), answer });
    answer.catch(() => answers.delete(key));
    return answer;
  };
}
