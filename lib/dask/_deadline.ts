/** Work that must end in time. @module */

import type { Clock } from "../runtime.ts";

/** The time was up. */
export class DeadlineError extends Error {}

/**
 * Does `work`, but for `timeoutS` seconds at most; then the signal it was given is aborted, and nobody waits for it any
 * more.
 *
 * @throws {DeadlineError} the time was up
 */
export async function within<T>(
  clock: Clock,
  timeoutS: number,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(timeoutS * 1000, done.signal).then(() => {
    if (done.signal.aborted) return;
    late.abort();
    throw new DeadlineError(`no answer within ${timeoutS} s`);
  });
  try {
    return await Promise.race([work(late.signal), timer as Promise<never>]);
  } finally {
    done.abort();
  }
}
