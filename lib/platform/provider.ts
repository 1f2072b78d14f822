/**
 * What xcore asks of a cloud. A new one is a folder beside this file and a line in platforms.ts.
 * @module
 */

import type { Attempt, LaunchOutcome, Listing, MachineTypes, SpotPrices } from "../model/mod.ts";
import type { CheckResult } from "./check_result.ts";

/** How often a provider may be called, and how late its listings are. */
export interface Pace {
  /** Seconds between listings while instances come or go. */
  readonly listWhenChangingS: number;
  /** Seconds between listings otherwise. */
  readonly listWhenSteadyS: number;
  /**
   * Seconds an instance must be missing from complete listings before it is gone: the listing's
   * consistency lag.
   */
  readonly goneAfterS: number;
  /** Seconds after which an instance that is still stopping is told again. */
  readonly terminateAgainS: number;
}

/** A part of what an instance, or a process, prints. */
export interface LogPart {
  /** Newest line last; empty when there is nothing, or nothing more, to be seen yet. */
  readonly text: string;
  /** Given to the next read to get what is printed after this part. */
  readonly end: string;
}

/**
 * The part of a platform that has its workers. Every method may be called again after a crash, at
 * any point, with no harm done. Failures are thrown as the classes of errors.ts, which alone decide
 * whether the loop retries, goes elsewhere or stops.
 */
export interface Provider {
  /** As `provider` in config.yaml has it. */
  readonly name: string;
  readonly pace: Pace;
  /** Seconds between two reads of a console that is followed. */
  readonly logEveryS: number;

  /** Preflight, each result with one exact fix. Changes nothing. */
  check(): AsyncIterable<CheckResult>;

  /**
   * What there is to choose from for this cluster's workers. Changes nothing.
   *
   * @param types machine types to tell of
   * @param accelerators those to attach; where they come with the machine, nothing is told of them
   * @throws {AuthError} credentials refused
   */
  machineTypes(types: readonly string[], accelerators?: readonly string[]): Promise<MachineTypes>;

  /** What spot instances of these types cost now; missing: the platform does not tell. */
  spotPrices?(types: readonly string[]): Promise<SpotPrices>;

  /**
   * All worker instances of this cluster that are not gone, whatever made them, paged to the end.
   * @throws {AuthError} credentials refused
   * @throws {ThrottledError} asked too often
   */
  list(): Promise<Listing>;

  /**
   * Launches one instance per name in one call, and returns when the provider has accepted, not
   * when they have booted. The same attempt again (same id) makes nothing twice: it returns what
   * the first call made. Fewer instances than names is an outcome, none at all for want of capacity
   * or quota an error.
   *
   * An XcoreError is an answer: this call has launched nothing (an earlier one of the same attempt
   * may have). Whatever else it rejects with leaves that open, and the same attempt is made again.
   * @throws {CapacityError} out of this type in this zone
   * @throws {QuotaError} the account's limit
   * @throws {AuthError} credentials refused
   * @throws {ThrottledError} asked too often
   */
  launch(attempt: Attempt): Promise<LaunchOutcome>;

  /**
   * Ends instances; returns when accepted. An id that is gone already is success; an id not of this
   * cluster is left alone.
   */
  terminate(ids: readonly string[]): Promise<void>;

  /**
   * What the newest instance of that name has printed, as far as it is kept; null when there is no
   * such instance, nor anything left of one.
   *
   * @param attemptId the attempt that made it; null: any
   * @param after `end` of a part: only what came after that, unless the instance is another one by
   * now
   */
  bootLog(name: string, attemptId: string | null, after?: string): Promise<LogPart | null>;

  /**
   * Why an instance of that name has ended by itself; null: the platform does not say, or not yet.
   *
   * @param atMs about when; wall clock
   */
  causeOf?(name: string, atMs: number): Promise<string | null>;
}
