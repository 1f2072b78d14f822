/** The base infrastructure: what is made once and stays, the scheduler above all. @module */

/** Where the base stands. */
export interface BaseState {
  /** `partial`: a start was interrupted, or the scheduler is gone though it should be there. */
  readonly state: "absent" | "partial" | "up";
  /** The scheduler's URL for clients, `tls://host:8786`; null when there is none. */
  readonly url: string | null;
  /** Host and port of the scheduler's mutual-TLS HTTP port; null when there is none. */
  readonly http: { readonly host: string; readonly port: number } | null;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAtMs: number | null;
}

/** How much of a whole is done. */
export interface Share {
  /** Parts that are done. */
  readonly done: number;
  /** All parts. */
  readonly total: number;
}

/**
 * Told what is being done, one line at a time.
 *
 * @param share given where the line is one of many, each of which replaces the last on a terminal
 */
export type Progress = (line: string, share?: Share) => void;

/** What makes and removes the base infrastructure. Each method may be run again at any point. */
export interface Base {
  /** Makes what is missing; returns when the scheduler has been started, not when it answers. */
  up(progress: Progress): Promise<BaseState>;
  /** Removes everything; nothing there is success. */
  down(progress: Progress): Promise<void>;
  /** Looks, changes nothing. */
  describe(): Promise<BaseState>;
  /** The end of what the scheduler printed, newest line last; empty when there is nothing. */
  log(): Promise<string>;
  /**
   * Starts a scheduler that has died again, at the same address, when that can be done from here.
   * Returns what it did in one line, or null when there was nothing to do.
   */
  mend(): Promise<string | null>;
}
