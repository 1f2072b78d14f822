/** How long instances lived and what they cost meanwhile, as the history keeps it. @module */

import type { Market } from "./instance.ts";

/** What an instance costs, in US dollars an hour; null: not known. */
export interface Rate {
  /** The machine, with accelerators and address; 0 while the cloud takes nothing for it. */
  readonly machineUsd: number | null;
  /** Its disk, which costs as long as it exists. */
  readonly diskUsd: number | null;
}

/** A rate from a time on; wall clock, milliseconds. */
export interface TimedRate extends Rate {
  readonly fromMs: number;
}

/** The life of an instance; times are milliseconds of the wall clock. */
export interface Life {
  /** The platform's own id of the instance. */
  readonly id: string;
  /** `worker-0`, or `scheduler`. */
  readonly name: string;
  readonly kind: "worker" | "scheduler";
  /** The worker's pool; null: it is the scheduler. */
  readonly pool: string | null;
  /** Machine type. */
  readonly type: string;
  readonly zone: string | null;
  readonly market: Market;
  /** When it was launched. */
  readonly startedMs: number;
  /** When it was gone, with its disk; null: it is not known to be. */
  readonly endedMs: number | null;
  /** When it was last known to be there; up to a minute earlier than it really was. */
  readonly lastSeenMs: number;
  /** The oldest first; the first one from its launch on. */
  readonly rates: readonly TimedRate[];
}

/** How the time of a worker was spent, from when it joined a scheduler until it left, or as last read. */
export interface TaskTime {
  /** Another one each time that a worker joins. */
  readonly session: string;
  /** Of the worker's {@linkcode Life}. */
  readonly lifeId: string;
  /** Seconds without a task. */
  readonly idleS: number;
  /** Seconds of tasks by function; those of functions that are not named have none. */
  readonly functions: readonly { readonly name: string | null; readonly seconds: number }[];
}
