/**
 * What `xcore status --json` prints, field for field. Times are ISO 8601 in UTC, unknown values
 * null.
 * @module
 */

import type { Problem } from "./problem.ts";

/** State of the cluster as a whole; `degraded`: it does not do all it should, see its problems. */
export type ClusterState = "down" | "starting" | "running" | "degraded" | "stopping";

/**
 * State of one worker. `requested`: its launch call has not been answered yet; `paused`: Dask starts
 * no task on it, for lack of memory; `unknown`: the scheduler, which would know, is unreachable.
 */
export type WorkerState =
  | "requested"
  | "pending"
  | "booting"
  | "running"
  | "paused"
  | "unknown"
  | "draining"
  | "stopping"
  | "failed";

/** The cluster's part of the status. */
export interface ClusterStatus {
  /** Its name in the configuration. */
  readonly name: string;
  /** `<name>-<8 hex>`, a tag of every resource of the cluster. */
  readonly id: string;
  /** The platform, as the config names it: `local`. */
  readonly provider: string;
  /** Its state. */
  readonly state: ClusterState;
  /** The scheduler's URL, `tls://host:port`. */
  readonly url: string | null;
  /** Dask's dashboard; it asks for the client certificate, and `xcore dashboard` opens it. */
  readonly dashboard_url: string | null;
  /** The cloud's region. */
  readonly region: string | null;
  /** When the scheduler started. */
  readonly started_at: string | null;
  /** Seconds until max_cluster_lifetime_h ends it, 0 after that; null where there is no limit. */
  readonly ends_in_s: number | null;
  /** Its last shutdown; null where it was started since, or never shut down. */
  readonly shut_down: ShutdownStatus | null;
}

/** The last shutdown of a cluster. */
export interface ShutdownStatus {
  /** When nothing was left, or when it began where it has not finished. */
  readonly at: string | null;
  /** A person's command, or the daemon. */
  readonly by: "command" | "daemon";
  /** The daemon's reason: `idle for 2 h`. */
  readonly reason: string | null;
  /** False: it was cut off, was given up, or goes on. */
  readonly finished: boolean;
  /** Why it was given up. */
  readonly error: string | null;
}

/** The daemon's part of the status. */
export interface DaemonStatus {
  /** True while it holds its lock. */
  readonly running: boolean;
  /** Its process id. */
  readonly pid: number | null;
  /** Name of the service unit, null for a detached process. */
  readonly unit: string | null;
  /** When it started. */
  readonly since: string | null;
  /** When its last tick was. */
  readonly last_tick_at: string | null;
}

/** The scheduler's part of the status. */
export interface SchedulerStatus {
  /** When its process started: later than the cluster when it has ended and was started again. */
  readonly started_at: string;
  /** Memory of its process. */
  readonly memory_bytes: number | null;
  /** What it may use: its machine's memory, or less. */
  readonly memory_limit_bytes: number | null;
}

/** The demand for one pool. */
export interface PoolStatus {
  /** Tasks that could run now. */
  readonly runnable: number;
  /** Workers that it should have. */
  readonly target: number;
  /** Workers that are requested: by `xcore scale`, `xcore run --workers` or a script; 0 for none. */
  readonly requested: number;
  /** Seconds until that request ends by itself. */
  readonly requested_for_s: number | null;
}

/** The demand; tasks are counted by Dask's states where the names are Dask's. */
export interface DemandStatus {
  /** Tasks that could run now: queued or processing. */
  readonly runnable: number;
  /** Tasks that are assigned to no worker. */
  readonly queued: number;
  /** Tasks on workers, executing or prefetched. */
  readonly processing: number;
  /** Tasks whose dependencies are not finished. */
  readonly waiting: number;
  /**
   * Tasks that have run to their end since the scheduler started, whatever became of their results;
   * null: an older scheduler does not know.
   */
  readonly done: number | null;
  /** Tasks that have ended in an error of their own, or with their workers; null as above. */
  readonly failed: number | null;
  /** Tasks that never ran, as a task that they need has failed; null as above. */
  readonly skipped: number | null;
  /** Clients' inputs that wait for a first worker. */
  readonly pending_scatters: number;
  /** Clients that wait for workers, without saying for how many. */
  readonly waiting_clients: number;
  /** Clients connected. */
  readonly clients: number;
  /** Workers that all pools together should have. */
  readonly target: number;
  /** By pool name. */
  readonly by_pool: Readonly<Record<string, PoolStatus>>;
}

/** How many tasks there are, and how those since the scheduler started have ended. */
export interface TaskNumbers {
  /** Have run to their end, each counted once. */
  readonly done: number;
  /** Have ended in an error of their own, or with their workers, and are tried no more. */
  readonly failed: number;
  /** Never ran, as a task that they need has failed. */
  readonly skipped: number;
  /** In workers' threads. */
  readonly running: number;
  /** Neither running nor ended. */
  readonly waiting: number;
}

/** The tasks of one function. */
export interface FunctionStatus extends TaskNumbers {
  /** The function's name: Dask's prefix of its tasks' keys. */
  readonly name: string;
  /** The error of the first task that failed, one line of 200 characters at most. */
  readonly first_error: string | null;
  /** That task's key. */
  readonly first_failed_key: string | null;
}

/** The tasks since the scheduler started, by function. */
export interface TasksStatus {
  /** Those that have failed first; 100 at most. */
  readonly functions: readonly FunctionStatus[];
  /** The tasks of all other functions together. */
  readonly others: TaskNumbers;
}

/** One worker. */
export interface WorkerStatus {
  /** Dask's name for it: `worker-0`. */
  readonly name: string;
  /** The provider's id for its instance. */
  readonly id: string | null;
  /** The pool it belongs to. */
  readonly pool: string;
  /** Machine type; `local` on this machine. */
  readonly type: string;
  /** Accelerator type. */
  readonly accelerator: string | null;
  /** Zone it runs in. */
  readonly zone: string | null;
  /** `on-demand` or `spot`. */
  readonly market: string;
  /** Its state. */
  readonly state: WorkerState;
  /** Since when it is in that state. */
  readonly since: string | null;
  /** When the scheduler last heard of it. */
  readonly seen_at: string | null;
  /** `tls://host:port` of the Dask worker. */
  readonly address: string | null;
  /** Tasks that it runs at a time. */
  readonly slots: number | null;
  /** Tasks on it, executing or prefetched. */
  readonly processing: number | null;
  /** Tasks that run now. */
  readonly executing: number | null;
  /** How many tasks of which functions it runs; null where it is not known. */
  readonly runs: Readonly<Record<string, number>> | null;
  /** Tasks finished since it joined. */
  readonly completed: number | null;
  /** 100 is one core. */
  readonly cpu_percent: number | null;
  /** Memory of the Dask process. */
  readonly memory_bytes: number | null;
  /** How much of it Dask lets it use; null where there is no limit. */
  readonly memory_limit_bytes: number | null;
  /** What it costs. */
  readonly price_per_hour_usd: number | null;
  /** Seconds until it retires, if it gets no task; null while it stays. */
  readonly leaves_in_s: number | null;
  /** Seconds that a boot takes, by which it leaves with `max_idle_time_s: auto`; null: it does not. */
  readonly boot_s: number | null;
  /**
   * Seconds until max_worker_lifetime_h gives it no more tasks, negative after that; null where
   * there is no limit, or it has not joined.
   */
  readonly lifetime_left_s: number | null;
  /** Why it is there now; of one that is not running, why the last action on it was taken. */
  readonly reason: string | null;
}

/** What the cluster costs. */
export interface CostStatus {
  /**
   * Scheduler and workers together, with disks and addresses; null when one of the prices is not
   * known, and 0 where nothing costs.
   */
  readonly per_hour_usd: number | null;
  /** The scheduler's part of it. */
  readonly scheduler_per_hour_usd: number | null;
  /**
   * What all of it may cost beyond that, at most: machines of burstable types while they are busy
   * beyond their CPU credits.
   */
  readonly surcharge_per_hour_usd: number;
  /**
   * Since the cluster was started, per second and with the cloud's minimum; of all whose price is
   * known. Null: nothing was recorded.
   */
  readonly since_start_usd: number | null;
  /** Since midnight, by UTC. */
  readonly today_usd: number | null;
  /** Instances since the start of which a price was not known: they are in neither sum. */
  readonly unknown_prices: number;
  /**
   * What goes on costing an hour once no task is left: the scheduler,
   * and min_workers; null when a price is not known. Images cost beside that.
   */
  readonly stays_per_hour_usd: number | null;
  /** When that ends by itself; null: with `xcore shutdown`. */
  readonly stays_until: string | null;
  /** What it may cost an hour; null: no limit. */
  readonly max_hourly_usd: number | null;
  /** What it may cost from its start to its shutdown; null: no limit. */
  readonly budget_usd: number | null;
  /** What it may cost a day, by UTC; null: no limit. */
  readonly budget_per_day_usd: number | null;
  /** What is left of budget_usd, negative once more is spent; null: no limit, or not known. */
  readonly budget_left_usd: number | null;
  /** What is left of budget_per_day_usd for today; as above. */
  readonly budget_left_today_usd: number | null;
  /** The public list that prices come from, where one is known; a list can be wrong. */
  readonly price_list: { readonly source: string; readonly fetched_at: string } | null;
}

/** An action that was carried out, a worker's unannounced end, or the scheduler's restart. */
export interface DecisionStatus {
  /** When. */
  readonly at: string;
  /**
   * launch, replay, close, retire, terminate or cancel; died: a worker ended unannounced; restarted:
   * another scheduler came in the place of one that ended.
   */
  readonly action: string;
  /** How many workers it concerned. */
  readonly count: number;
  /** Why. */
  readonly reason: string;
}

/** The whole of `xcore status --json`. */
export interface Status {
  /** The cluster as a whole. */
  readonly cluster: ClusterStatus;
  /** Its daemon. */
  readonly daemon: DaemonStatus;
  /** Its scheduler; null while it is unreachable. */
  readonly scheduler: SchedulerStatus | null;
  /** The demand; null while the scheduler is unreachable. */
  readonly demand: DemandStatus | null;
  /** Its tasks by function; null while the scheduler is unreachable, or too old to count them. */
  readonly tasks: TasksStatus | null;
  /** Every worker, by name. */
  readonly workers: readonly WorkerStatus[];
  /** Its cost. */
  readonly cost: CostStatus;
  /** The last actions, newest first. */
  readonly decisions: readonly DecisionStatus[];
  /** What needs the user's attention, the gravest first. */
  readonly problems: readonly Problem[];
}
