/** What a cluster's history keeps: launch calls before they are made, and what was decided. @module */

import type { Attempt, Decision, WorkerRef } from "../model/mod.ts";

/** How a launch call ended: what it got, or why it got nothing. */
export interface AttemptResult {
  /** The instances it got. */
  readonly launched: readonly WorkerRef[];
  /** Why it got fewer than it asked for, or null. */
  readonly error: string | null;
}

/** A launch call and the instances it got, but for those that are known to be gone. */
export interface PastLaunch {
  readonly attempt: Attempt;
  readonly launched: readonly WorkerRef[];
}

/** The history. Every call rejects when it could not be written: then the thing itself must not be done. */
export interface Journal {
  /** Writes a launch call down before it is made. */
  openAttempt(attempt: Attempt): Promise<void>;
  /** Writes down what came of it. */
  closeAttempt(id: string, result: AttemptResult): Promise<void>;
  /** Launch calls with nothing written down of what came of them, oldest first. */
  openAttempts(): Promise<Attempt[]>;
  /** The launch calls that got instances which are not known to be gone, with those instances. */
  launched(): Promise<PastLaunch[]>;
  /** Writes down that these instances are gone; ids that the history does not know are nothing to it. */
  forget(ids: readonly string[]): Promise<void>;
  /** Writes down what was done. */
  record(decisions: readonly Decision[]): Promise<void>;
  /** The newest decisions, newest first. */
  decisions(count: number): Promise<Decision[]>;
  /** Lets go of the file. */
  close(): void;
}
