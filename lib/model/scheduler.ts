/** The scheduler as the loop sees it; its messages are those of lib/protocol. @module */

import type {
  BudgetTerms,
  LeaseAnswer,
  LeaseTerms,
  RetireOutcome,
  StatusAnswer,
} from "../protocol/messages.ts";

export { PROTOCOL } from "../protocol/messages.ts";
export type {
  BudgetTerms,
  DaskWorker,
  LeaseInfo,
  LeaseTerms,
  RetireOutcome,
  RunnableGroup,
  SoonGroup,
  StrandedGroup,
  TaskAnswer,
  TaskCounts,
  TaskDetails,
  TaskInput,
  TaskRecord,
  VersionMismatch,
  WorkerDeath,
  WorkerRequest,
  WorkerTime,
} from "../protocol/messages.ts";

/** A claim of the lease; a holder renews it with another claim. */
export interface LeaseClaim {
  /** The same for every daemon of one home on one machine. */
  readonly daemonId: string;
  /** Seconds from now; 0 gives the lease back. */
  readonly ttlS: number;
  /** In force from now on, if the claim is granted. */
  readonly terms: LeaseTerms;
  /** In force from now on, too; null: there is no limit; undefined: as before. */
  readonly budget?: BudgetTerms | null;
}

/** One answer of `GET /xcore/status`. */
export interface SchedulerReport extends StatusAnswer {
  /** What of the answer could not be read, one line each. */
  readonly unread?: readonly string[];
}

/** The answer to a claim of the lease. */
export interface LeaseOutcome extends Pick<LeaseAnswer, "granted" | "holder"> {}

/**
 * The scheduler as the daemon calls it. Every call rejects with SchedulerError when it is
 * unreachable, with ProtocolError when it speaks another protocol; nothing was changed then.
 */
export interface Scheduler {
  /** Everything the plan needs to know. */
  report(): Promise<SchedulerReport>;
  /** Retires workers that have no task (`force`: also those that have). */
  retire(names: readonly string[], force: boolean): Promise<RetireOutcome>;
  /**
   * Gives these workers no more tasks: each retires once it executes nothing. With false they take
   * tasks again.
   */
  drain(names: readonly string[], drain: boolean): Promise<void>;
  /** Cancels the wanted keys whose only copies are on these workers; returns how many. */
  cancelHeldBy(holders: readonly string[], reason: string): Promise<number>;
  /** Claims, renews or gives back the lease. */
  lease(claim: LeaseClaim): Promise<LeaseOutcome>;
}
