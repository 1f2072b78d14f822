/** When to try again what fails. @module */

import type { Clock } from "../runtime.ts";

/** Short enough that what the user fixes takes effect soon. */
const LONGEST_WAIT_S = 60;

/** The delay after a failure; each failure in a row doubles it. */
export interface Backoff {
  /** Whether it may be tried now. */
  isReady(): boolean;
  /** Records the outcome of a try. */
  record(outcome: "failed" | "done"): void;
}

/** A backoff before the first failure. */
export function backoff(clock: Pick<Clock, "monotonicMs">): Backoff {
  let failures = 0;
  let notBeforeMs = -Infinity;
  return {
    isReady: () => clock.monotonicMs() >= notBeforeMs,
    record(outcome) {
      failures = outcome === "failed" ? failures + 1 : 0;
      const waitS = failures === 0 ? 0 : Math.min(2 ** failures, LONGEST_WAIT_S);
      notBeforeMs = clock.monotonicMs() + waitS * 1000;
    },
  };
}
