/** A cluster's configuration, as the rest of the code reads it. @module */

/** A further pool of workers, from `pools:`. What is null or absent is taken from the flat keys. */
export interface PoolConfig {
  readonly name: string;
  readonly workerType: string | null;
  readonly acceleratorType: string | null;
  readonly acceleratorCount: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly maxWorkers: number;
  readonly market: "on-demand" | "spot" | "spot-then-on-demand" | null;
}

/** A cluster's configuration: the keys of config.yaml in camel case, defaults filled in. */
export interface Config {
  readonly provider: "aws" | "gcp" | "local";
  readonly clusterName: string;
  /** `<clusterName>-<8 hex>`; on every resource and in every file that must belong to this cluster alone. */
  readonly clusterId: string;
  readonly regionName: string | null;
  readonly zoneName: string | null;
  readonly projectName: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly imageName: string | null;
  readonly imageOwner: string | null;
  readonly schedulerType: string | null;
  readonly diskGb: number;
  readonly workerType: string | null;
  readonly acceleratorType: string | null;
  readonly acceleratorCount: number;
  readonly pools: readonly PoolConfig[];
  /** `auto`: as many as the instance has cores. */
  readonly slotsPerWorker: number | "auto";
  readonly zones: readonly string[];
  readonly fallbackWorkerTypes: readonly string[];
  readonly maxWorkers: number;
  readonly minWorkers: number;
  readonly maxIdleTimeS: number;
  readonly market: "on-demand" | "spot" | "spot-then-on-demand";
  /** Null: results are held for as long as their client is connected. */
  readonly holdResultsS: number | null;
  /** Null: 600, or 1800 for a pool with an accelerator. */
  readonly bootTimeoutS: number | null;
  readonly bootDelayS: number;
  readonly daemonGraceS: number;
  readonly orphanTimeoutH: number;
  readonly maxWorkerLifetimeH: number;
  readonly allowedCidr: readonly string[];
  readonly allowWorld: boolean;
  /** Answers a GET with the caller's address as plain text; for `auto` in allowedCidr. */
  readonly addressUrl: string;
  readonly subnetIds: readonly string[];
  readonly network: string | null;
  readonly publicIp: boolean;
  readonly instanceProfile: string | null;
  readonly serviceAccount: string | null;
  readonly scopes: readonly string[];
  readonly maxHourlyUsd: number | null;
  readonly budgetUsd: number | null;
  readonly onBudget: "drain" | "stop";
  readonly prices: Readonly<Record<string, number>>;
  /** Python interpreter whose environment scheduler and workers use. */
  readonly python: string | null;
  readonly packages: readonly string[];
  readonly publicKeyPath: string | null;
  readonly userName: string | null;
  readonly schedulerPort: number;
  readonly dashboardPort: number;
  readonly pollIntervalS: number;
}
