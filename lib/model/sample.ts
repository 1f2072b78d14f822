/** What a cluster was like at a time, as the history keeps it. @module */

import type { WorkerState } from "./status.ts";

/** The numbers of a status; what is not known is null. */
export interface Sample {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  /** Workers by state; a state that no worker has is missing. */
  readonly workers: Readonly<Partial<Record<WorkerState, number>>>;
  /** Workers that there should be. */
  readonly target: number | null;
  /** Tasks that are assigned to no worker. */
  readonly queued: number | null;
  /** Tasks on workers. */
  readonly processing: number | null;
}
