/**
 * The cluster's history: launch calls before they are made, their outcome, and decisions.
 * @module
 */

import type { Attempt, Decision, WorkerRef } from "../model/mod.ts";

/** The outcome of a launch call. */
export interface AttemptResult {
  /** The instances that it launched. */
  readonly launched: readonly WorkerRef[];
  /** Why it launched fewer than it asked for, or null. */
  readonly error: string | null;
}

/** A launch call and its instances, without those that are known to be gone. */
export interface PastLaunch {
  readonly attempt: Attempt;
  readonly launched: readonly WorkerRef[];
}

/**
 * The history. Every call rejects when it cannot write: then the caller must not do what it wanted
 * to record.
 */
export interface History {
  /** Records a launch call before it is made. */
  openAttempt(attempt: Attempt): Promise<void>;
  /** Records its outcome. */
  closeAttempt(id: string, result: AttemptResult): Promise<void>;
  /** Launch calls without a recorded outcome, oldest first. */
  openAttempts(): Promise<Attempt[]>;
  /** The launch calls with instances that are not known to be gone, and those instances. */
  launched(): Promise<PastLaunch[]>;
  /** Records that these instances are gone; ignores ids that the history does not have. */
  forget(ids: readonly string[]): Promise<void>;
  /** Records what was done. */
  record(decisions: readonly Decision[]): Promise<void>;
  /** The newest decisions, newest first. */
  decisions(count: number): Promise<Decision[]>;
  /** Closes the file. */
  close(): void;
}
