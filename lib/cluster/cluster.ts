/** A cluster to work on: its home, its config, and the clients made from them. @module */

import { type Config, effectiveConfig } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadConfig, madeConfigOf, type Told } from "../config/load_config.ts";
import type { Verb } from "../daemon/live_status.ts";
import { type SchedulerClient, schedulerClient } from "../dask/scheduler_client.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import { ConflictError, NotFoundError, NotRunningError, type XcoreError } from "../errors.ts";
import type { Base, BaseState, Progress } from "../platform/base.ts";
import type { Interruption } from "../platform/interruption.ts";
import { baseFor, providerFor } from "../platform/platforms.ts";
import type { Provider } from "../platform/provider.ts";
import type { Runtime } from "../runtime.ts";
import { networkFileSystem } from "../util/network_file_system.ts";
import { nearest } from "../util/nearest.ts";
import { pollUntil } from "../util/poll_until.ts";

export type { Progress, Share } from "../platform/base.ts";

/** Asks a yes-or-no question. */
export type Confirm = (question: string) => Promise<boolean>;

/** What every command starts from. */
export interface Scope {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Called when a config of the Python tool is converted, with what changed. */
  readonly told?: Told | undefined;
  /** Ctrl-C. */
  readonly interruption?: Interruption | undefined;
}

/** A cluster to work on. */
export interface Cluster extends Scope {
  readonly config: Config;
  readonly provider: Provider;
  readonly base: Base;
}

/**
 * The cluster whose config is in this home, running or not.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConfigError} the config has mistakes
 */
export async function openCluster(scope: Scope): Promise<Cluster> {
  const { runtime, home, told } = scope;
  return await clusterOf(scope, await loadConfig(runtime, home, told));
}

/**
 * The cluster as it was started: settings that the scheduler was made with, such as the region,
 * have their values of then, whatever the config says now. Where these are not known any more, all is
 * as it is now, and `told` is told.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConfigError} the config has mistakes
 */
export async function openMade(scope: Scope): Promise<Cluster> {
  const { runtime, home, told } = scope;
  const now = await loadConfig(runtime, home, told);
  const { config: made, error } = await madeConfigOf(runtime, home);
  if (error !== null) told?.(`Warning: ${error.message}. ${error.hint}`);
  return await clusterOf(scope, made === null ? now : effectiveConfig(made, now));
}

/** The cluster that a config describes. */
export async function clusterOf(scope: Scope, config: Config): Promise<Cluster> {
  const { runtime, home, interruption } = scope;
  const [provider, base] = await Promise.all([
    providerFor({ runtime, home, config }),
    baseFor({ runtime, home, config, interruption }),
  ]);
  return { ...scope, config, provider, base };
}

/** What is wrong with a home on a network file system, where SQLite and locks are not safe; null: nothing. */
export async function sharedHome(
  { runtime, home }: Scope,
): Promise<{ readonly message: string; readonly hint: string } | null> {
  const kind = await networkFileSystem(runtime, home.dir);
  if (kind === null) return null;
  return {
    message:
      `${home.dir} is on a network file system (${kind}), where the history's database and locks can fail`,
    hint: "Set XCORE_HOME to a folder on a disk of this machine, and run `xcore init` there.",
  };
}

/** A client for the cluster's scheduler; null if there is none. The caller closes it. */
export function schedulerOf(
  { home, config }: Cluster,
  base: BaseState,
): SchedulerClient | null {
  if (base.http === null) return null;
  return schedulerClient({ ...base.http, tls: tlsFiles(home.tls), clusterId: config.clusterId });
}

/**
 * Runs `work` with a client for the cluster's scheduler.
 *
 * @param aim what cannot be done without one: `ask for workers`
 * @throws {NotRunningError} no cluster is running, or no scheduler
 */
export async function withScheduler<T>(
  cluster: Cluster,
  aim: string,
  work: (scheduler: SchedulerClient) => Promise<T>,
): Promise<T> {
  const base = await cluster.base.describe();
  if (base.state === "down") {
    throw new NotRunningError(`Cannot ${aim}: no cluster is running`, "Start one with `xcore start`.");
  }
  const scheduler = schedulerOf(cluster, base);
  if (scheduler === null) {
    throw new NotRunningError(
      `Cannot ${aim}: the scheduler is not running`,
      "Run `xcore start`: it makes what is missing.",
    );
  }
  try {
    return await work(scheduler);
  } finally {
    scheduler.close();
  }
}

const LOCK_TIMES = { everyMs: 100, withinMs: 1000 };

/**
 * Runs `work` under the lock that allows one command at a time to change a cluster as a whole;
 * waits for the lock.
 *
 * @param waits false: another command is not waited for
 * @throws {ConflictError} another command holds the lock, and is not waited for
 */
export async function withVerbLock<T>(
  { runtime, home }: Scope,
  verb: Verb | "allow" | "doctor",
  progress: Progress,
  work: () => Promise<T>,
  waits = true,
): Promise<T> {
  const { files, clock } = runtime;
  // One that only reads who holds the lock holds it for a moment.
  let lock = waits
    ? await files.tryLock(home.verbLock, verb)
    : await pollUntil(clock, LOCK_TIMES, () => files.tryLock(home.verbLock, verb));
  if (lock === null) {
    const other = `\`xcore ${await files.readTextIfExists(home.verbLock) || "command"}\``;
    if (!waits) {
      throw new ConflictError(
        `Cannot change the cluster: another ${other} of this cluster is running`,
        "Nothing was changed; run the command again when the other has finished.",
      );
    }
    progress(`Waiting for another ${other} of this cluster to finish …`);
    lock = await files.lock(home.verbLock, verb);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The most names in a line. */
const MOST_SHOWN = 8;

/**
 * The error for a name that nothing in this cluster has.
 *
 * @param doing `log in`; completes "Cannot …"
 * @param others further names that are allowed
 */
export async function noSuchName(
  { provider, base }: Pick<Cluster, "provider" | "base">,
  doing: string,
  name: string,
  others: readonly string[],
): Promise<XcoreError> {
  const { instances } = await provider.list();
  if (instances.length === 0 && (await base.describe()).state === "down") {
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
