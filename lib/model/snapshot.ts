/** Everything one tick knows before it decides. @module */

import type { Attempt } from "./attempt.ts";
import type { Instance, Listing } from "./instance.ts";
import type { SchedulerReport } from "./scheduler.ts";

/** Everything one tick knows before it decides. */
export interface Snapshot {
  /** Null while the scheduler is deaf. */
  readonly scheduler: SchedulerReport | null;
  /** The provider's last listing, or null when it has never answered. */
  readonly listing: Listing | null;
  /** When that listing was asked for, on the monotonic clock. */
  readonly listedAtMs: number;
  /** Attempts whose answer was lost: their instances may exist without being listed. */
  readonly inFlight: readonly Attempt[];
  /** What earlier daemons of this home launched and none has seen to be gone: it may be there without being listed. */
  readonly recalled: readonly Instance[];
  /** True while this daemon holds the cluster's lease. */
  readonly leaseHeld: boolean;
}
