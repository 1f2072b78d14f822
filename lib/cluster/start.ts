/** `xcore start`: makes a cluster from its config. @module */

import { join } from "node:path";
import { isElsewhere } from "../config/config.ts";
import { homeAccess } from "../config/home_access.ts";
import { madeConfigOf, readConfigText, updateConfig } from "../config/load_config.ts";
import {
  checkCertificates,
  makeCertificates,
  needsCertificates,
  removeUnfinished,
} from "../dask/make_certificates.ts";
import { ConflictError, UsageError } from "../errors.ts";
import type { BaseState, SchedulerKnown } from "../platform/base.ts";
import { refreshPrices } from "../price/refresh_price_list.ts";
import { openHistory } from "../status/history.ts";
import { removeShutdownNote } from "../status/shutdown_note.ts";
import { agreeToCosts } from "./agree_to_costs.ts";
import {
  type Cluster,
  clusterOf,
  type Confirm,
  openCluster,
  type Progress,
  type Scope,
  sharedHome,
  withVerbLock,
} from "./cluster.ts";
import { prepareService, startDaemon, stopDaemon, waitForFirstTick } from "./daemon_service.ts";
import { warnOfOldTool } from "./program_check.ts";
import { recordSchedulerHostKeys } from "./ssh.ts";
import { waitForScheduler } from "./wait_for_scheduler.ts";

const OUTDATED = "Restarted the daemon: the program or the credentials have changed.";

/** The result of a start. */
export interface Started {
  /** The scheduler's URL. */
  readonly url: string;
  /** False: everything was already running. */
  readonly changed: boolean;
  /** False: the scheduler was already running. */
  readonly made: boolean;
}

/** What a start does beside starting. */
export interface StartOptions {
  /** Takes other ports of this machine, as those in the config may be in use; not where the scheduler runs. */
  readonly newPorts?: boolean;
}

/**
 * Makes what is missing of the cluster and starts its daemon; returns when the scheduler answers.
 *
 * @throws {NotRunningError} there is no config
 * @throws {ConflictError} something else uses the cluster's ports
 * @throws {SchedulerError} the scheduler does not answer in time
 * @throws {XcoreError} this machine's address has changed, and the firewall refuses it
 */
export async function start(scope: Scope, progress: Progress): Promise<Started>;
/**
 * The same, which asks before it makes what costs, at the first start of a configuration.
 *
 * @returns null: the answer was no
 */
export async function start(
  scope: Scope,
  progress: Progress,
  confirm: Confirm,
  options?: StartOptions,
): Promise<Started | null>;
export async function start(
  scope: Scope,
  progress: Progress,
  confirm?: Confirm,
  { newPorts = false }: StartOptions = {},
): Promise<Started | null> {
  const cluster = await openCluster(scope);
  await warnOfOldTool(scope.runtime, progress);
  for (const { message, hint } of await homeAccess(scope.runtime, scope.home)) {
    progress(`Warning: ${message}, and so change what runs as you. ${hint}`);
  }
  const shared = await sharedHome(scope);
  if (shared !== null) progress(`Warning: ${shared.message}. ${shared.hint}`);
  return await withVerbLock(scope, "start", progress, async () => {
    const { state } = await cluster.base.describe();
    if (confirm !== undefined && state === "down") {
      if (!await agreeToCosts(cluster, confirm, progress)) return null;
    }
    if (!newPorts || state === "up") return await complete(cluster, progress);
    await takeNewPorts(cluster, progress);
    return await complete(await openCluster(scope), progress);
  });
}

/** Writes ports into the config that nothing on this machine uses now. */
async function takeNewPorts(
  { runtime, home, told, base, config }: Cluster,
  progress: Progress,
): Promise<void> {
  const lock = await runtime.files.lock(home.initLock);
  try {
    const { scheduler_port: port, dashboard_port: httpPort } = await base.suggestConfig();
    if (port === undefined || httpPort === undefined) {
      throw new UsageError(
        `Cannot take new ports: the scheduler of a cluster on ${config.provider} has a machine to itself`,
        "Run `xcore start`.",
      );
    }
    await stopDaemon({ runtime, home }); // it goes by the ports of the last start
    await updateConfig(
      runtime,
      home,
      [["scheduler_port", `${port}`], ["dashboard_port", `${httpPort}`]],
      told,
    );
    progress(`Wrote the ports ${port} and ${httpPort} into ${home.config}.`);
  } finally {
    lock.release();
  }
}

/**
 * Replaces the scheduler, with new certificates, and keeps the rest of the base. If it is
 * interrupted, a start continues.
 *
 * @param made the cluster as it was started, without daemon and workers
 * @param known what is known of the old scheduler
 */
export async function replaceScheduler(
  made: Cluster,
  progress: Progress,
  known: SchedulerKnown = {},
): Promise<Started> {
  const cluster = await openCluster(made);
  await made.base.abandon(progress, known);
  progress("Making new certificates …");
  await makeCertificates(made.runtime, made.home.tls, made.config.clusterId);
  return await complete(cluster, progress);
}

/**
 * What a start would make and what it would cost, one line each; empty: nothing. Makes nothing.
 *
 * @throws {NotRunningError} there is no config
 */
export async function planStart(scope: Scope, progress: Progress): Promise<readonly string[]> {
  const cluster = await openCluster(scope);
  const { runtime, home, config } = cluster;
  return await withVerbLock(scope, "start", progress, async () => {
    await refreshPrices(runtime, home, config, progress);
    if (!await lacksCertificates(cluster, await cluster.base.describe())) {
      return await cluster.base.plan(progress);
    }
    // The scheduler's user data has certificates in it, whichever.
    const tls = join(home.run, "plan");
    try {
      await makeCertificates(runtime, tls, config.clusterId);
      const planned = await clusterOf({ ...scope, home: { ...home, tls } }, config);
      return await planned.base.plan(progress);
    } finally {
      await runtime.files.removeTree(tls, home.dir);
    }
  });
}

async function complete(cluster: Cluster, progress: Progress): Promise<Started> {
  const before = await cluster.base.describe();
  if (before.state !== "up") await checkHistory(cluster);
  await removeShutdownNote(cluster.runtime, cluster.home);
  await ensureCertificates(cluster, before, progress);
  const daemon = await prepareService(cluster, progress); // it decides what runs the scheduler's process, too
  const { state: after, made } = await answeringScheduler(cluster, before, progress);
  await recordSchedulerHostKeys(cluster);
  const { presence, started } = await startDaemon(cluster, daemon);
  if (started) {
    await waitForFirstTick(cluster, daemon, presence);
    progress(daemon.outdated ? OUTDATED : "Started the daemon.");
  }
  return { url: after.url ?? "", changed: started || made, made };
}

/** @throws {XcoreError} no daemon could use the history: a scheduler that is made now would be paid for nothing */
async function checkHistory({ runtime, home }: Scope): Promise<void> {
  if (await runtime.files.exists(home.history)) openHistory(home.history).close();
}

/** The base whose scheduler answers: the one there is, or one that is made now. */
async function answeringScheduler(
  cluster: Cluster,
  before: BaseState,
  progress: Progress,
): Promise<{ readonly state: BaseState; readonly made: boolean }> {
  let known = before;
  if (before.state === "up") {
    if (await waitForScheduler(cluster, before, progress, true) !== null) {
      return { state: before, made: false };
    }
    progress("The scheduler that was there has ended.");
    known = await cluster.base.describe();
  }
  const state = await makeBase(cluster, known, progress);
  const report = await waitForScheduler(cluster, state, progress, false);
  if (report !== null && report.overridden.length > 0) progress(overriddenText(report.overridden));
  return { state, made: true };
}

async function makeBase(cluster: Cluster, before: BaseState, progress: Progress): Promise<BaseState> {
  const { runtime, home, config, base } = cluster;
  const { config: made } = await madeConfigOf(runtime, home); // it is written anew
  if (made !== null && before.state !== "down" && isElsewhere(made, config)) {
    throw new ConflictError(
      "Cannot continue this start: the config now names another region or project than the existing resources",
      "Run `xcore shutdown`, then `xcore start` again.",
    );
  }
  await refreshPrices(runtime, home, config, progress);
  progress("Starting the scheduler …");
  // Saved, as some keys keep their value until the next scheduler, and resources are removed where
  // they were made.
  await runtime.files.mkdir(home.run);
  await runtime.files.writeText(home.madeConfig, await readConfigText(runtime, home));
  return await base.up(progress);
}

async function ensureCertificates(
  cluster: Cluster,
  base: BaseState,
  progress: Progress,
): Promise<void> {
  await removeUnfinished(cluster.runtime, cluster.home.tls);
  if (!await lacksCertificates(cluster, base)) return;
  progress("Making certificates …");
  await makeCertificates(cluster.runtime, cluster.home.tls, cluster.config.clusterId);
}

/** @throws {ConflictError} the scheduler that there is has others */
async function lacksCertificates(
  { runtime, home, config }: Cluster,
  base: BaseState,
): Promise<boolean> {
  if (base.state !== "up") return await needsCertificates(runtime, home.tls, config.clusterId);
  const state = await checkCertificates(runtime, home.tls, config.clusterId);
  if (state === "valid") return false;
  throw new ConflictError(
    `Cannot use this scheduler: its certificates are ${state}`,
    "Run `xcore restart` for a new one; results in the scheduler's memory are lost.",
  );
}

/** @param keys Dask's settings, `distributed.scheduler.idle-timeout` */
function overriddenText(keys: readonly string[]): string {
  return `Your Dask configuration sets ${keys.join(", ")}: this cluster uses its own value of ${
    keys.length === 1 ? "it" : "each"
  }.`;
}
