/**
 * Snapshots, the actions that a plan decides on from them, and the attempts and decisions that the
 * history keeps.
 * @module
 */

import type { Instance, Listing, Market } from "./instance.ts";
import type { SchedulerReport } from "./scheduler.ts";

/** One launch call, recorded before it is made; its id is the idempotency token. */
export interface Attempt {
  /** Random, used once. */
  readonly id: string;
  /** The pool the instances are for. */
  readonly pool: string;
  /** Machine type. */
  readonly type: string;
  /** Accelerator type, or null. */
  readonly accelerator: string | null;
  /** Accelerators per instance. */
  readonly acceleratorCount: number;
  /** What each worker offers Dask: `{GPU: 1}`. */
  readonly resources: Readonly<Record<string, number>>;
  /** Zone to launch in, or null to let the platform choose. */
  readonly zone: string | null;
  /** How the instances are paid for. */
  readonly market: Market;
  /** Dask threads per worker. */
  readonly slots: number;
  /** One instance per name. */
  readonly names: readonly string[];
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * What a launch call returned: instances for some or all of its names. Another attempt asks for the
 * rest.
 */
export interface LaunchOutcome {
  /** The instances that the platform has accepted. */
  readonly instances: readonly Instance[];
}

/** All that a tick has observed. */
export interface Snapshot {
  /** Null while the scheduler is unreachable. */
  readonly scheduler: SchedulerReport | null;
  /** The platform's last listing, or null when it has never answered. */
  readonly listing: Listing | null;
  /** When that listing was asked for, on the monotonic clock. */
  readonly listedAtMs: number;
  /** Attempts whose answer was lost: their instances may exist without being listed. */
  readonly openAttempts: readonly Attempt[];
  /**
   * Instances that earlier daemons of this home launched and that are not known to be gone: they
   * may not be listed yet.
   */
  readonly launchedBefore: readonly Instance[];
  /** What the cluster has cost; null: not known, or nothing costs. */
  readonly spent: CostSoFar | null;
  /** True while this daemon holds the cluster's lease. */
  readonly leaseHeld: boolean;
}

/** What a cluster has cost, in US dollars, as far as prices are known. */
export interface CostSoFar {
  /** Since it was started. */
  readonly clusterUsd: number;
  /** On this day. */
  readonly todayUsd: number;
  /**
   * What workers cost beyond that if they have run since they were last seen, each beyond its first
   * minute; missing: nothing.
   */
  readonly unseenUsd?: number;
  /** Which day that is, `2026-01-31`. */
  readonly day: string;
  /** Machine types whose price was not known when it applied. */
  readonly unpriced: readonly string[];
}

/** What a launch call shall launch; the attempt adds its id and time. */
export type LaunchSpec = Omit<Attempt, "id" | "atMs">;

/** A worker's name for the scheduler, and its instance's id for the platform. */
export interface WorkerRef {
  readonly name: string;
  readonly id: string;
}

/** One action, with the reason that the user reads. */
export type Action =
  | { readonly kind: "launch"; readonly spec: LaunchSpec; readonly reason: string }
  /** Make a launch call whose answer was lost again, with the same token. */
  | { readonly kind: "replay"; readonly attempt: Attempt; readonly reason: string }
  /** Record what a launch call whose answer was lost has launched; it can launch no more. */
  | {
    readonly kind: "close";
    readonly attempt: Attempt;
    readonly launched: readonly WorkerRef[];
    readonly reason: string;
  }
  /**
   * Ask the scheduler to retire workers and terminate those that it does; busy and kept ones stay.
   */
  | { readonly kind: "retire"; readonly workers: readonly WorkerRef[]; readonly reason: string }
  /** Give workers no more tasks: each retires once it executes nothing. */
  | { readonly kind: "drain"; readonly workers: readonly WorkerRef[]; readonly reason: string }
  /** Give workers that were drained tasks again. */
  | { readonly kind: "undrain"; readonly workers: readonly WorkerRef[]; readonly reason: string }
  /** Terminate instances whose workers are not registered; `force`: also those that run tasks. */
  | {
    readonly kind: "terminate";
    readonly workers: readonly WorkerRef[];
    readonly reason: string;
    readonly force?: true;
  }
  /** Cancel results that only these workers hold. */
  | { readonly kind: "cancel"; readonly workers: readonly WorkerRef[]; readonly reason: string };

/** The kind of an action. */
export type ActionKind = Action["kind"];

/**
 * An action that was carried out, (`died`) a worker's unannounced end, or (`restarted`) another
 * scheduler's start in the place of one that ended, as the history keeps it.
 */
export interface Decision {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly action: ActionKind | "died" | "restarted";
  readonly names: readonly string[];
  readonly reason: string;
}
