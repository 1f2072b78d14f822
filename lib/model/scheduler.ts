/** What the scheduler's preload answers at `/xcore/*`. @module */

/** The protocol version spoken by this build and its preload. */
export const PROTOCOL = 1;

/** How many tasks are in each of Dask's scheduler states. */
export interface TaskCounts {
  readonly released: number;
  readonly waiting: number;
  readonly queued: number;
  readonly noWorker: number;
  readonly processing: number;
  readonly memory: number;
  readonly erred: number;
}

/** Tasks that could run now (queued, no-worker or processing) and need the same resources. */
export interface RunnableGroup {
  /** Dask resource restrictions per task, `{GPU: 1}`; `{}` for none. */
  readonly resources: Readonly<Record<string, number>>;
  readonly count: number;
}

/** Tasks that are restricted to hosts or workers which do not exist. */
export interface StrandedGroup {
  readonly restriction: string;
  readonly count: number;
}

/**
 * A package, or Python itself, of which a client has another version than scheduler and workers.
 */
export interface VersionMismatch {
  readonly client: string;
  readonly package: string;
  readonly clientVersion: string;
  readonly clusterVersion: string;
}

/** A worker as the scheduler sees it. */
export interface DaskWorker {
  readonly name: string;
  /** `tls://host:port` */
  readonly address: string;
  /** Dask's status: running, paused, closing_gracefully, closing, init. */
  readonly status: string;
  readonly nthreads: number;
  /** Tasks assigned to it, executing or prefetched. */
  readonly processing: number;
  /** Tasks in its threads right now. */
  readonly executing: number;
  /** Tasks finished since it joined. */
  readonly completed: number;
  readonly memoryBytes: number | null;
  readonly cpuPercent: number | null;
  readonly resources: Readonly<Record<string, number>>;
  /** Seconds since its last heartbeat. */
  readonly lastSeenS: number;
  /** True when it alone holds a key that a connected client or an unfinished task wants. */
  readonly holdsResults: boolean;
  readonly heldBytes: number;
  /** Seconds until the cloud reclaims its instance, after a spot notice; null without one. */
  readonly takenInS: number | null;
}

/** The lease: which daemon holds it, and until when. */
export interface LeaseInfo {
  readonly holder: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string | null;
  /** Seconds until idle workers end by themselves; null while the lease is held. */
  readonly workersEndInS: number | null;
  /**
   * Seconds until the scheduler ends by itself; null while there is a lease, a client or a task
   * that runs.
   */
  readonly schedulerEndsInS: number | null;
}

/** What the cluster does when no daemon renews the lease. */
export interface LeaseTerms {
  /** Seconds without a lease after which idle workers end by themselves. */
  readonly daemonGraceS: number;
  /**
   * Seconds with neither lease nor client nor running task after which the scheduler ends by
   * itself.
   */
  readonly orphanTimeoutS: number;
}

/** A claim of the lease; a holder renews it with another claim. */
export interface LeaseClaim {
  /** The same for every daemon of one home on one machine. */
  readonly daemonId: string;
  /** Seconds from now; 0 gives the lease back. */
  readonly ttlS: number;
  /** In force from now on, if the claim is granted. */
  readonly terms: LeaseTerms;
}

/** One answer of `GET /xcore/status`. */
export interface SchedulerReport {
  readonly clusterId: string;
  /** Changes when the scheduler restarts. */
  readonly schedulerId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Package name → version in the scheduler's environment, null when not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
  readonly tasks: TaskCounts;
  readonly runnable: readonly RunnableGroup[];
  readonly stranded: readonly StrandedGroup[];
  /** Scatters of connected clients that wait for a first worker. */
  readonly pendingScatters: number;
  /** Ids of connected clients. */
  readonly clients: readonly string[];
  readonly mismatches: readonly VersionMismatch[];
  readonly workers: readonly DaskWorker[];
  readonly lease: LeaseInfo;
}

/** Outcome of a request to retire workers, by name. */
export interface RetireOutcome {
  readonly retired: readonly string[];
  /** Has work, stays. */
  readonly busy: readonly string[];
  /** Holds the last copy of a wanted result, stays. */
  readonly kept: readonly string[];
  /** Not registered with the scheduler. */
  readonly unknown: readonly string[];
}

/** The answer to a claim of the lease. */
export interface LeaseOutcome {
  readonly granted: boolean;
  readonly holder: string | null;
}

/**
 * The scheduler as the daemon calls it. Every call rejects with SchedulerError when it is
 * unreachable.
 */
export interface Scheduler {
  /** Everything the plan needs to know. */
  report(): Promise<SchedulerReport>;
  /** Retires workers that have no task (`force`: also those that have). */
  retire(names: readonly string[], force: boolean): Promise<RetireOutcome>;
  /** Stops (or, with false, resumes) giving tasks to these workers. */
  drain(names: readonly string[], drain: boolean): Promise<void>;
  /** Cancels the wanted keys whose only copies are on these workers; returns how many. */
  cancelHeldBy(holders: readonly string[], reason: string): Promise<number>;
  /** Claims, renews or gives back the lease. */
  lease(claim: LeaseClaim): Promise<LeaseOutcome>;
}
