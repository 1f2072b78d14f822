/** What an instance is, on any provider. A `local` instance is a process. @module */

/** How an instance is paid for. */
export type Market = "on-demand" | "spot";

/** What the provider says of an instance. `stopped`: powered off but not deleted, its disk still costs. */
export type CloudState = "pending" | "running" | "stopping" | "stopped";

/** A worker instance as the provider lists it. */
export interface Instance {
  /** The provider's own id; on local `<pid>-<start time>`. */
  readonly id: string;
  /** The Dask worker's name: `worker-0`. */
  readonly name: string;
  /** The attempt (launch call) that made it, or null when made by something else under our tags. */
  readonly attemptId: string | null;
  /** The pool it belongs to. */
  readonly pool: string;
  /** Machine type, `c5.xlarge`; on local `local`. */
  readonly type: string;
  /** Accelerator type, `nvidia-tesla-t4`, or null. */
  readonly accelerator: string | null;
  /** Zone, or null where there is none. */
  readonly zone: string | null;
  /** How it is paid for. */
  readonly market: Market;
  /** What the provider says of it. */
  readonly state: CloudState;
  /** Seconds since launch by the provider's clock, never negative. */
  readonly ageS: number;
  /** Where this machine reaches it; null: it has no address yet, or it is a process here. */
  readonly address: string | null;
}

/** All of a cluster's worker instances, as far as the provider could see them. */
export interface Listing {
  /** Instances in any state but gone. */
  readonly instances: readonly Instance[];
  /** False when a part of the provider did not answer: then an absent instance proves nothing. */
  readonly complete: boolean;
}
