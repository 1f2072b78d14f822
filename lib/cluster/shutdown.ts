/** `xcore shutdown`: removes the whole cluster and checks that nothing is left. @module */

import { join } from "node:path";
import { leaseTermsOf } from "../config/config.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { removeUnfinished } from "../dask/make_certificates.ts";
import { ConflictError, ProtocolError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import { isProvenGone } from "../plan/update_memory.ts";
import type { Deps } from "../reconcile/deps.ts";
import { claimLease, leaseTtlS } from "../reconcile/lease.ts";
import { openHistory } from "../status/history.ts";
import { type Cluster, openMade, type Progress, schedulerOf, type Scope, withVerbLock } from "./cluster.ts";
import { removeService, stopDaemon } from "./daemon_service.ts";

/** Asks a yes-or-no question. */
export type Confirm = (question: string) => Promise<boolean>;

/**
 * Stops the daemon, terminates the workers and removes the base, in this order, and checks that
 * nothing is left. It can be run again at any point.
 *
 * @param confirm called when tasks or results would be lost
 * @returns false: the answer was no
 * @throws {XcoreError} something could not be removed
 */
export async function shutdown(scope: Scope, confirm: Confirm, progress: Progress): Promise<boolean> {
  const cluster = await openMade(scope);
  const risk = await workAtRisk(cluster);
  if (risk !== null && !await confirm(`${risk} Shut down anyway?`)) return false;
  await withVerbLock(scope, "shutdown", progress, () => takeDown(cluster, progress));
  return true;
}

async function takeDown(cluster: Cluster, progress: Progress): Promise<void> {
  await stopDaemonOf(cluster, progress);
  // Early, so that a reboot starts no daemon; if it fails, the instances are terminated
  // nevertheless.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ended = await endWorkersOf(cluster, progress);
  await cluster.base.down(progress);
  const { provider, runtime: { clock } } = cluster;
  await checkNoWorkers({ provider, clock }, ended, progress);
  const things = await cluster.base.resources();
  if (things.length > 0) {
    throw new XcoreError(
      `Cannot finish the shutdown: resources of this cluster that Terraform does not know: ${
        things.join(", ")
      }`,
      "Remove them with `xcore doctor --fix`, then run `xcore shutdown` again.",
    );
  }
  const { home, runtime } = cluster;
  await removeUnfinished(runtime, home.tls);
  for (const path of [join(home.run, "plan"), home.madeConfig, home.knownHosts]) {
    await runtime.files.removeTree(path, home.dir);
  }
  await reportKeptImages(cluster, progress);
  if (unremoved !== null) throw unremoved;
}

/** Images outlast a cluster on purpose, and cost. */
async function reportKeptImages({ base }: Cluster, progress: Progress): Promise<void> {
  const images = await base.images?.list().catch(() => []) ?? [];
  if (images.length === 0) return;
  const sizeGb = images.reduce((sum, image) => sum + image.sizeGb, 0);
  const what = images.length === 1
    ? `the machine image ${images[0]!.name}`
    : `${images.length} machine images`;
  progress(
    `Kept ${what} (up to ${sizeGb} GB, which cost) for the next start: see \`xcore image list\` and ` +
      "`xcore image remove NAME`.",
  );
}

/** Stops the cluster's daemon, and reports it if there was one. */
export async function stopDaemonOf(cluster: Cluster, progress: Progress): Promise<void> {
  if (await stopDaemon(cluster)) progress("Stopped the daemon.");
}

/**
 * Terminates the cluster's workers, and reports how many there were.
 *
 * @throws {ConflictError} another daemon looks after the cluster
 * @throws {XcoreError} some workers are not gone in time
 */
export async function endWorkersOf(cluster: Cluster, progress: Progress): Promise<EndedWorkers> {
  const { provider, runtime, home, config } = cluster;
  const base = await cluster.base.describe();
  const scheduler = schedulerOf(cluster, base);
  const daemonId = await daemonIdOf(runtime, home);
  const leaseTerms = leaseTermsOf(config);
  // A daemon needs a base and a history. What a start saved is removed only after the last worker.
  const launched = await runtime.files.exists(home.history) &&
    (base.state !== "down" || await runtime.files.exists(home.madeConfig));
  try {
    const deps = { provider, clock: runtime.clock, scheduler, daemonId, leaseTerms, launched };
    const ended = await endWorkers(deps, progress);
    if (launched) await forgetLaunches(home.history);
    const { count } = ended;
    if (count > 0) progress(`Terminated ${count} ${count === 1 ? "worker" : "workers"}.`);
    return ended;
  } finally {
    scheduler?.close();
  }
}

/**
 * Lets the next daemon start without waiting for workers that are gone. If the history cannot be
 * used, it waits.
 */
async function forgetLaunches(history: string): Promise<void> {
  try {
    const journal = openHistory(history);
    try {
      const launches = await journal.launched();
      await journal.forget(launches.flatMap(({ launched }) => launched.map(({ id }) => id)));
    } finally {
      journal.close();
    }
  } catch { /* the next daemon reports it */ }
}

/** Workers terminate within seconds on local, within minutes on a cloud. */
const WORKERS_TIMEOUT_MS = 15 * 60_000;

const POLL_MS = 200;

/** What {@linkcode endWorkers} works with. */
export interface EndWorkersDeps extends Pick<Deps, "provider" | "clock" | "daemonId" | "leaseTerms"> {
  /** Null: there is no scheduler. */
  readonly scheduler: Deps["scheduler"] | null;
  /** True: a daemon may have launched workers since all were known to be gone. */
  readonly launched: boolean;
}

/** The result of {@linkcode endWorkers}. */
export interface EndedWorkers {
  /** How many workers there were. */
  readonly count: number;
  /**
   * True: no other daemon can launch, as the lease is ours, or there is no scheduler or no daemon.
   */
  readonly isAlone: boolean;
}

/**
 * Terminates all workers of the cluster and waits until they are gone.
 *
 * @throws {ConflictError} another daemon holds the lease, and would launch workers
 * @throws {XcoreError} some workers are not gone in time
 */
export async function endWorkers(deps: EndWorkersDeps, progress: Progress): Promise<EndedWorkers> {
  const { provider, clock, launched } = deps;
  const { goneAfterS, terminateAgainS } = provider.pace;
  const deadlineMs = clock.monotonicMs() + WORKERS_TIMEOUT_MS;
  const seen = new Set<string>();
  let toldAtMs = -Infinity;
  let emptySinceMs: number | null = null;
  let wasComplete = true;
  for (;;) {
    const isAlone = await keepOthersOut(deps);
    const askedAtMs = clock.monotonicMs();
    const { instances, complete, silent = [] } = await provider.list();
    if (wasComplete && !complete) {
      progress(`Waiting for ${silent.join(", ") || "a part of the cloud"}, which does not answer …`);
    }
    wasComplete = complete;
    const isEmpty = instances.length === 0 && complete;
    emptySinceMs = isEmpty ? emptySinceMs ?? clock.monotonicMs() : null;
    // The last launches of a stopped daemon may not be listed yet.
    const believedAfterS = launched ? goneAfterS : 0;
    if (emptySinceMs !== null && isProvenGone(emptySinceMs, askedAtMs, believedAfterS)) {
      return { count: seen.size, isAlone: isAlone || !launched };
    }
    if (!isEmpty && clock.monotonicMs() > deadlineMs) throw workersRemain(instances);
    const news = instances.filter(({ id }) => !seen.has(id));
    if (news.length > 0) progress(`Terminating ${news.map(({ name }) => name).join(", ")} …`);
    const again = clock.monotonicMs() - toldAtMs >= terminateAgainS * 1000;
    const told = again ? instances : news;
    if (told.length > 0) {
      await provider.terminate(told.map(({ id }) => id));
      if (again) toldAtMs = clock.monotonicMs();
    }
    for (const { id } of instances) seen.add(id);
    await clock.sleep(Math.max(POLL_MS, provider.pace.listWhenChangingS * 1000));
  }
}

/**
 * Claims the lease: a daemon without it launches nothing.
 *
 * @returns false: the scheduler does not answer us, but it may answer another daemon
 */
async function keepOthersOut({ scheduler, ...deps }: EndWorkersDeps): Promise<boolean> {
  if (scheduler === null) return true;
  const claimed = await claimLease({ scheduler, ...deps }).catch(() => null);
  if (claimed === null || claimed.granted) return claimed !== null;
  const { holder } = claimed;
  throw new ConflictError(
    `Cannot shut down: ${holder ?? "another daemon"} manages the cluster, and would launch workers again`,
    "Run `xcore daemon stop` there, wait a minute, then run `xcore shutdown` again.",
  );
}

/**
 * Checks again after the scheduler has ended: if it did not answer us, it may have given the lease
 * to another daemon, which may launch until the lease expires.
 *
 * @throws {XcoreError} there are workers
 */
export async function checkNoWorkers(
  { provider, clock }: Pick<EndWorkersDeps, "provider" | "clock">,
  { isAlone }: Pick<EndedWorkers, "isAlone">,
  progress: Progress,
): Promise<void> {
  if (!isAlone) {
    const waitS = leaseTtlS(provider.pace);
    progress(`Waiting ${waitS} s for another daemon's lease to expire: the scheduler did not answer …`);
    await clock.sleep(waitS * 1000);
  }
  const { instances } = await provider.list();
  if (instances.length > 0) throw workersRemain(instances);
}

function workersRemain(instances: readonly Instance[]): XcoreError {
  const names = instances.map(({ name, id }) => `${name} (${id})`).join(", ") ||
    "unknown, as a part of the cloud does not answer";
  return new XcoreError(
    `Cannot finish the shutdown: not terminated: ${names}`,
    "Run `xcore shutdown` again.",
  );
}

/** The tasks and results that end with the scheduler, as a sentence; null if there are none. */
export async function workAtRisk(cluster: Cluster): Promise<string | null> {
  const scheduler = schedulerOf(cluster, await cluster.base.describe());
  if (scheduler === null) return null;
  try {
    const { tasks, clients, workers, pendingScatters } = await scheduler.report();
    const running = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
    if (running > 0) return `${running} ${running === 1 ? "task has" : "tasks have"} not finished.`;
    if (clients.length > 0 && workers.some(({ holdsResults }) => holdsResults)) {
      return "A connected client would lose its results.";
    }
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) {
      return "The scheduler is of another version of xcore: tasks and results there may be lost.";
    }
    return null; // nothing can be saved from a scheduler that does not answer
  } finally {
    scheduler.close();
  }
}
