/** What `xcore status --json` prints, field for field. Times are ISO 8601 in UTC, unknown values null. @module */

import type { Problem } from "./action.ts";

/** State of the cluster as a whole. */
export type ClusterState = "absent" | "starting" | "running" | "degraded" | "stopping";

/** State of one worker. */
export type WorkerState =
  | "requested"
  | "pending"
  | "booting"
  | "running"
  | "draining"
  | "stopping"
  | "failed";

/** What the tasks ask for. */
export interface DemandStatus {
  readonly runnable: number;
  readonly queued: number;
  readonly processing: number;
  readonly waiting: number;
  readonly pending_scatters: number;
  readonly clients: number;
  readonly target: number;
  readonly by_pool: Readonly<Record<string, { readonly runnable: number; readonly target: number }>>;
}

/** One worker. */
export interface WorkerStatus {
  readonly name: string;
  readonly id: string | null;
  readonly pool: string;
  readonly type: string;
  readonly accelerator: string | null;
  readonly zone: string | null;
  readonly market: string;
  readonly state: WorkerState;
  readonly since: string | null;
  readonly address: string | null;
  readonly processing: number | null;
  readonly executing: number | null;
  readonly completed: number | null;
  readonly cpu_percent: number | null;
  readonly memory_bytes: number | null;
  readonly price_per_hour_usd: number | null;
  /** Why it was launched or why it is leaving; null when nothing is recorded. */
  readonly reason: string | null;
}

/** The daemon's part of the status. */
export interface DaemonStatus {
  readonly running: boolean;
  readonly pid: number | null;
  /** Name of the service unit, null for a detached process. */
  readonly unit: string | null;
  readonly since: string | null;
  readonly last_tick_at: string | null;
}

/** The whole of `xcore status --json`. */
export interface Status {
  readonly cluster: {
    readonly name: string;
    readonly id: string;
    readonly provider: string;
    readonly state: ClusterState;
    readonly url: string | null;
    readonly dashboard_url: string | null;
    readonly region: string | null;
    readonly started_at: string | null;
  };
  readonly daemon: DaemonStatus;
  readonly demand: DemandStatus | null;
  readonly workers: readonly WorkerStatus[];
  readonly cost: {
    readonly per_hour_usd: number | null;
    readonly since_start_usd: number | null;
    readonly budget_usd: number | null;
  };
  readonly decisions: readonly {
    readonly at: string;
    readonly action: string;
    readonly count: number;
    readonly reason: string;
  }[];
  readonly problems: readonly Problem[];
}
