/** A cluster at hand: its home, its config, and what is made from them. @module */

import { effectiveConfig } from "../config/changes.ts";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadConfig, loadMadeConfig, type Told } from "../config/load.ts";
import { schedulerClient } from "../dask/scheduler_client.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import type { Base, BaseState } from "../platform/base.ts";
import type { Interruption } from "../platform/interruption.ts";
import { baseFor, providerFor } from "../platform/platforms.ts";
import type { Provider } from "../platform/provider.ts";
import type { Runtime } from "../runtime.ts";

export type { Progress, Share } from "../platform/base.ts";

/** What every verb starts from. */
export interface Place {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Told when a config of the Python tool is converted, and what that changed. */
  readonly told?: Told | undefined;
  /** A person's wish to stop in the middle. */
  readonly interruption?: Interruption | undefined;
}

/** A cluster at hand. */
export interface Cluster extends Place {
  readonly config: Config;
  readonly provider: Provider;
  readonly base: Base;
}

/**
 * The cluster whose config is in this home; it need not run.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConfigError} the config has mistakes
 */
export async function openCluster(place: Place): Promise<Cluster> {
  const { runtime, home, told } = place;
  return await clusterOf(place, await loadConfig(runtime, home, told));
}

/**
 * The cluster as it is there: what its scheduler was made with, its region above all, counts as it was then, and not as
 * the config has it by now.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConfigError} the config has mistakes
 */
export async function openMade(place: Place): Promise<Cluster> {
  const { runtime, home, told } = place;
  const now = await loadConfig(runtime, home, told);
  const made = await loadMadeConfig(runtime, home);
  return await clusterOf(place, made === null ? now : effectiveConfig(made, now));
}

/** The cluster that a config describes, wherever it is kept. */
export async function clusterOf(place: Place, config: Config): Promise<Cluster> {
  const { runtime, home, interruption } = place;
  const [provider, base] = await Promise.all([
    providerFor({ runtime, home, config }),
    baseFor({ runtime, home, config, interruption }),
  ]);
  return { ...place, config, provider, base };
}

/** A client for the cluster's scheduler, or null when the base has none. Close it. */
export function schedulerOf(
  { home, config }: Cluster,
  base: BaseState,
): ReturnType<typeof schedulerClient> | null {
  if (base.http === null) return null;
  return schedulerClient({ ...base.http, tls: tlsFiles(home.tls), clusterId: config.clusterId });
}
