/** The numbers a plan goes by, all of them: those a person sets and those that are fixed here. @module */

import type { Pool } from "../model/mod.ts";

/** What a person (by the config) and the provider (by its pace) ask of the plan. */
export interface Rules {
  /** `default` first; at least one. */
  readonly pools: readonly Pool[];
  /** Seconds without a task before a worker may leave. */
  readonly maxIdleTimeS: number;
  /** Seconds a worker is kept for the results it alone holds; null: as long as a client wants them. */
  readonly holdResultsS: number | null;
  /** See {@linkcode import("../platform/provider.ts").Pace}. */
  readonly goneAfterS: number;
  /** Likewise. */
  readonly terminateAgainS: number;
}

/** Instances in a row that never joined, after which no more are launched until a person has changed something. */
export const BOOT_FAILURES_TO_HALT = 5;

/**
 * How long workers that are up may take to find a scheduler that was started anew: theirs are started again within
 * seconds, and look for it every few.
 */
export const REJOIN_S = 60;

/**
 * How long a launch call may be on its way when whoever made it does not wait for it any more. Longer than the longest
 * wait between two calls, so that an attempt which is lost again and again is not given up in between.
 */
export const ON_THE_WAY_S = 90;

/** How long an offer that had no capacity is left alone; Karpenter's cache of unavailable offerings keeps 3 minutes. */
export const CAPACITY_MEMORY_S = 180;

/** The longest wait between launch calls that fail one after the other. */
export const LAUNCH_BACKOFF_MAX_S = 60;
