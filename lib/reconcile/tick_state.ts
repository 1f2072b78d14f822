/** What the daemon carries from tick to tick. @module */

import type { XcoreError } from "../errors.ts";
import type { CostSoFar, Listing, ProblemCode, SchedulerReport } from "../model/mod.ts";
import { EMPTY_MEMORY, type Memory } from "../plan/memory.ts";
import type { Failures } from "../status/problems_of.ts";
import type { Deaths } from "./deaths.ts";
import type { Lease } from "./lease.ts";
import type { Lives } from "./record_lives.ts";

/** What the daemon carries from tick to tick. */
export interface TickState {
  readonly memory: Memory;
  readonly failures: Failures;
  /** The scheduler's last answer, null while it is unreachable. */
  readonly report: SchedulerReport | null;
  readonly listing: Listing | null;
  /** When that listing was asked for; monotonic clock. */
  readonly listedAtMs: number;
  /** When the last listing was asked for, whether it was answered or not. */
  readonly listAskedAtMs: number;
  /** Null while this daemon does not hold it. */
  readonly lease: Lease | null;
  /** True once the history has returned what was launched before this daemon started. */
  readonly historyRead: boolean;
  /** Workers' deaths so far; null: the history has not been asked. */
  readonly deaths: Deaths | null;
  /** The workers' lives that have not ended, by instance id; null: the history has not been asked. */
  readonly lives: Lives | null;
  /** What the cluster had cost at the last tick; null: not known, or nothing costs. */
  readonly spent: CostSoFar | null;
  /** Wall clock. */
  readonly tickedAtMs: number | null;
}

/** The state before the first tick. */
export const FIRST_STATE: TickState = {
  memory: EMPTY_MEMORY,
  failures: {},
  report: null,
  listing: null,
  listedAtMs: -Infinity,
  listAskedAtMs: -Infinity,
  lease: null,
  historyRead: false,
  deaths: null,
  lives: null,
  spent: null,
  tickedAtMs: null,
};

/** Adds a failure, or (null) removes it. */
export function withFailure(failures: Failures, code: ProblemCode, error: XcoreError | null): Failures {
  const { [code]: _, ...others } = failures;
  return error === null ? others : { ...others, [code]: error };
}
