/** A cluster at hand: its home, its config, and what is made from them. @module */

import { effectiveConfig } from "../config/changes.ts";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadConfig, loadMadeConfig, type Told } from "../config/load.ts";
import type { Verb } from "../daemon/live_status.ts";
import { schedulerClient } from "../dask/scheduler_client.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import { NotFoundError, NotRunningError, type XcoreError } from "../errors.ts";
import type { Base, BaseState, Progress } from "../platform/base.ts";
import type { Interruption } from "../platform/interruption.ts";
import { baseFor, providerFor } from "../platform/platforms.ts";
import type { Provider } from "../platform/provider.ts";
import type { Runtime } from "../runtime.ts";
import { nearest } from "../util/nearest.ts";

export type { Progress, Share } from "../platform/base.ts";

/** What every verb starts from. */
export interface Scope {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Told when a config of the Python tool is converted, and what that changed. */
  readonly told?: Told | undefined;
  /** A person's wish to stop in the middle. */
  readonly interruption?: Interruption | undefined;
}

/** A cluster at hand. */
export interface Cluster extends Scope {
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
export async function openCluster(scope: Scope): Promise<Cluster> {
  const { runtime, home, told } = scope;
  return await clusterOf(scope, await loadConfig(runtime, home, told));
}

/**
 * The cluster as it is there: what its scheduler was made with, its region above all, counts as it was then, and not as
 * the config has it by now.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConfigError} the config has mistakes
 */
export async function openMade(scope: Scope): Promise<Cluster> {
  const { runtime, home, told } = scope;
  const now = await loadConfig(runtime, home, told);
  const made = await loadMadeConfig(runtime, home);
  return await clusterOf(scope, made === null ? now : effectiveConfig(made, now));
}

/** The cluster that a config describes, wherever it is kept. */
export async function clusterOf(scope: Scope, config: Config): Promise<Cluster> {
  const { runtime, home, interruption } = scope;
  const [provider, base] = await Promise.all([
    providerFor({ runtime, home, config }),
    baseFor({ runtime, home, config, interruption }),
  ]);
  return { ...scope, config, provider, base };
}

/** A client for the cluster's scheduler, or null when the base has none. Close it. */
export function schedulerOf(
  { home, config }: Cluster,
  base: BaseState,
): ReturnType<typeof schedulerClient> | null {
  if (base.http === null) return null;
  return schedulerClient({ ...base.http, tls: tlsFiles(home.tls), clusterId: config.clusterId });
}

/** Runs `work` while no other verb that changes this cluster as a whole does; waits for one that is at it. */
export async function withVerbLock<T>(
  { runtime, home }: Scope,
  verb: Verb | "allow" | "doctor",
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  let lock = await runtime.files.tryLock(home.verbLock, verb);
  if (lock === null) {
    const other = await runtime.files.readTextIfExists(home.verbLock);
    progress(`Waiting for another \`xcore ${other || "command"}\` of this cluster to finish …`);
    lock = await runtime.files.lock(home.verbLock, verb);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** As many names as fit into a line. */
const MOST_SHOWN = 8;

/**
 * The error for a name that means nothing in this cluster.
 *
 * @param doing `log in`; completes "Cannot …"
 * @param others names that would do beside the workers'
 */
export async function noSuchName(
  { provider, base }: Pick<Cluster, "provider" | "base">,
  doing: string,
  name: string,
  others: readonly string[],
): Promise<XcoreError> {
  const { instances } = await provider.list();
  if (instances.length === 0 && (await base.describe()).state === "absent") {
    return new NotRunningError(`Cannot ${doing}: no cluster is running`, "Start one with `xcore start`.");
  }
  const names = [...new Set(instances.map(({ name }) => name))].sort(byNumber);
  const near = nearest(name, [...names, ...others]);
  const shown = [...names.slice(0, MOST_SHOWN), ...(names.length > MOST_SHOWN ? ["…"] : []), ...others];
  return new NotFoundError(
    `Cannot ${doing}: there is no ${name}`,
    `${near === null ? "" : `Did you mean ${near}? `}There are: ${shown.join(", ")}.`,
  );
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
