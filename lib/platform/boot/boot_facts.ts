/** What an instance has to know when it boots. @module */

import type { LeaseTerms } from "../../model/mod.ts";
import type { PackageLocks } from "../../python/package_locks.ts";

/** Certificates and key of a process of the cluster, as PEM text. */
export interface BootTls {
  /** The cluster's authority. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** The Python whose versions the instance gets, as `probePython()` found it. */
export interface BootPython {
  /** `3.11.7`; its minor version is what counts. */
  readonly version: string;
  /** Name → version, null for what is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
}

/** What scheduler and workers have in common. */
export interface BootFacts {
  /** The platform that it runs on, as `provider` in config.yaml names it. */
  readonly cloud: string;
  readonly clusterId: string;
  readonly tls: BootTls;
  readonly python: BootPython;
  /** Further packages as pip knows them: the config's `packages`. */
  readonly extraPackages: readonly string[];
  /** What is installed for all these, by hash; null: whatever the package index has, without. */
  readonly locks: PackageLocks | null;
  /** Packages of Ubuntu's: the config's `apt_packages`. */
  readonly aptPackages: readonly string[];
  /** The text of the config's `setup_script`; empty: none. */
  readonly setupScript: string;
}

/** What a machine has installed, whatever it is for. */
export type Software = Pick<
  BootFacts,
  "cloud" | "python" | "extraPackages" | "locks" | "aptPackages" | "setupScript"
>;

/** What the workers of one launch call have to know; all of them get the same user data. */
export interface WorkerBootFacts extends BootFacts {
  /**
   * The workers' names. An instance finds out which of them it is: by its launch index or by its
   * own name, `…-worker-3`, as its cloud has it.
   */
  readonly names: readonly string[];
  /** Dask threads of each. */
  readonly slots: number;
  /** Of numerical libraries in each task: the config's `threads_per_task`. */
  readonly threads: number | "auto" | "none";
  /** What each offers Dask: `{GPU: 1}`. */
  readonly resources: Readonly<Record<string, number>>;
  /** The scheduler's private address or name, without port. */
  readonly schedulerHost: string;
  readonly schedulerPort: number;
  /** The scheduler's port of `/xcore/*`, where they fetch their bundle. */
  readonly dashboardPort: number;
  /** Whether the cloud may take the machines away. */
  readonly spot: boolean;
  /** Whether the machines have an NVIDIA GPU; its driver is installed where the image has none. */
  readonly nvidia: boolean;
  /** Seconds until it must have joined, or it powers off. */
  readonly bootTimeoutS: number;
  /** Seconds without a registered connection after which it powers off. */
  readonly powerOffAfterS: number;
  /** Seconds after its boot from which it takes no more tasks. */
  readonly lifetimeS: number;
}

/**
 * What an instance has to know that is to be a machine image: nothing that is its cluster's own.
 */
export interface ImageBootFacts extends Software {
  /** Whether it has an NVIDIA GPU, and the image shall have its driver. */
  readonly nvidia: boolean;
}

/** What the scheduler's instance has to know. */
export interface SchedulerBootFacts extends BootFacts {
  /** Dask's port, for clients and workers. */
  readonly schedulerPort: number;
  /** The port of the dashboard and of `/xcore/*`. */
  readonly dashboardPort: number;
  /** Seconds that a client's data waits for the first worker. */
  readonly scatterTimeoutS: number;
  /** In force until a daemon brings its own. */
  readonly terms: LeaseTerms;
  /** Seconds after its boot at which it powers off, whatever runs; null: never for its age. */
  readonly lifetimeS: number | null;
}

/** Seconds without a registered connection after which a worker powers off. */
export const POWER_OFF_AFTER_S = 600;
