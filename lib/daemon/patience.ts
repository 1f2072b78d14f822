/** How long what has failed is left alone before it is tried again. @module */

import type { Clock } from "../runtime.ts";

/** So soon is noticed what a person has mended. */
const LONGEST_WAIT_S = 60;

/** The wait after a failure; each one in a row doubles it. */
export interface Patience {
  /** Whether it may be tried now. */
  isOver(): boolean;
  /** Notes that it was tried. */
  tried(outcome: "failed" | "done"): void;
}

/** Nothing has failed yet. */
export function patience(clock: Pick<Clock, "monotonicMs">): Patience {
  let failures = 0;
  let notBeforeMs = -Infinity;
  return {
    isOver: () => clock.monotonicMs() >= notBeforeMs,
    tried(outcome) {
      failures = outcome === "failed" ? failures + 1 : 0;
      const waitS = failures === 0 ? 0 : Math.min(2 ** failures, LONGEST_WAIT_S);
      notBeforeMs = clock.monotonicMs() + waitS * 1000;
    },
  };
}
