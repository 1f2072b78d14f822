/** What is carried from tick to tick. @module */

import type { XcoreError } from "../errors.ts";
import type { Listing, SchedulerReport } from "../model/mod.ts";
import type { Moment } from "./lease.ts";
import { EMPTY_MEMORY, type Memory } from "../plan/memory.ts";

/** The parts of a tick that can fail on their own. */
export type Part =
  | "scheduler"
  | "lease"
  | "listing"
  | "launch"
  | "retire"
  | "terminate"
  | "cancel"
  | "history";

/** What failed when it was last tried, by part. */
export type Failures = Readonly<Partial<Record<Part, XcoreError>>>;

/** What is carried from tick to tick. */
export interface TickState {
  readonly memory: Memory;
  readonly failures: Failures;
  /** The scheduler's last answer, null while it is deaf. */
  readonly report: SchedulerReport | null;
  readonly listing: Listing | null;
  /** When that listing was asked for; monotonic clock. */
  readonly listedAtMs: number;
  /** When the last one was asked for, answered or not. */
  readonly listAskedAtMs: number;
  /** Since when this daemon holds the lease (monotonic clock), and when it was renewed; null while it does not. */
  readonly lease: { readonly sinceMs: number; readonly renewed: Moment } | null;
  /** True once the history has told what was launched before. */
  readonly recalled: boolean;
  /** Wall clock. */
  readonly tickedAtMs: number | null;
}

/** Before the first tick. */
export const FIRST_STATE: TickState = {
  memory: EMPTY_MEMORY,
  failures: {},
  report: null,
  listing: null,
  listedAtMs: -Infinity,
  listAskedAtMs: -Infinity,
  lease: null,
  recalled: false,
  tickedAtMs: null,
};

/** Notes that a part failed, or (null) that it works. */
export function withFailure(failures: Failures, part: Part, error: XcoreError | null): Failures {
  const { [part]: _, ...others } = failures;
  return error === null ? others : { ...others, [part]: error };
}
