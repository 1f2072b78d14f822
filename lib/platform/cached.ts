/** Asking less often than one is asked. @module */

import type { Clock } from "../runtime.ts";

/**
 * `ask`, whose last answer is good for `everyS` seconds. A failure is passed on, and asked again by
 * the next call.
 *
 * @param ask is given a key; answers are kept by it
 */
export function cached<T>(
  clock: Clock,
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
