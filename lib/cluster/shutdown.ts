/** `xcore shutdown`: the end of everything the cluster has, and the proof of it. @module */

import { leaseTermsOf } from "../config/config.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { ConflictError, ProtocolError, XcoreError } from "../errors.ts";
import type { Instance } from "../model/mod.ts";
import { isProvenGone } from "../plan/update_memory.ts";
import type { Deps } from "../reconcile/deps.ts";
import { claimLease, leaseTtlS } from "../reconcile/lease.ts";
import { openHistory } from "../status/open_history.ts";
import { type Cluster, openMade, type Progress, schedulerOf, type Scope, withVerbLock } from "./cluster.ts";
import { removeService, stopDaemon } from "./daemon_service.ts";

/** Asks a person; the answer is yes or no. */
export type Confirm = (question: string) => Promise<boolean>;

/**
 * Ends the daemon, the workers and the base, in this order, and looks that nothing is left. It can be run again at any
 * point.
 *
 * @param confirm asked when tasks or results would be lost
 * @returns false when the person said no
 * @throws {XcoreError} when something is left after all
 */
export async function shutdown(scope: Scope, confirm: Confirm, progress: Progress): Promise<boolean> {
  const cluster = await openMade(scope);
  const loss = await workAtRisk(cluster);
  if (loss !== null && !await confirm(`${loss} Shut down all the same?`)) return false;
  await withVerbLock(scope, "shutdown", progress, () => takeDown(cluster, progress));
  return true;
}

async function takeDown(cluster: Cluster, progress: Progress): Promise<void> {
  await stopDaemonOf(cluster, progress);
  // Early, so that no boot undoes half a shutdown; and what costs money ends even if this fails.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ended = await endWorkersOf(cluster, progress);
  await cluster.base.down(progress);
  const { provider, runtime: { clock } } = cluster;
  await checkNoWorkers({ provider, clock }, ended, progress);
  const things = await cluster.base.resources();
  if (things.length > 0) {
    throw new XcoreError(
      `Cannot finish the shutdown: still there, and unknown to what made the rest: ${things.join(", ")}`,
      "Remove them with `xcore doctor --fix`, then run `xcore shutdown` again.",
    );
  }
  const { home, runtime } = cluster;
  for (const path of [home.madeConfig, home.knownHosts]) await runtime.files.remove(path);
  await reportKeptImages(cluster, progress);
  if (unremoved !== null) throw unremoved;
}

/** Images are made to outlast a cluster's machines, and cost all the same. */
async function reportKeptImages({ base }: Cluster, progress: Progress): Promise<void> {
  const images = await base.images?.list().catch(() => []) ?? [];
  if (images.length === 0) return;
  const sizeGb = images.reduce((sum, image) => sum + image.sizeGb, 0);
  const what = images.length === 1
    ? `The machine image ${images[0]!.name}`
    : `${images.length} machine images`;
  progress(
    `${what} of up to ${sizeGb} GB stay${
      images.length === 1 ? "s" : ""
    } for the next start, and the space costs: ` +
      "`xcore image list` shows, `xcore image remove NAME` removes.",
  );
}

/** Stops the cluster's daemon, and says so if there was one. */
export async function stopDaemonOf(cluster: Cluster, progress: Progress): Promise<void> {
  if (await stopDaemon(cluster)) progress("Stopped the daemon.");
}

/**
 * Ends the cluster's workers, and says how many there were.
 *
 * @throws {ConflictError} another daemon looks after the cluster
 * @throws {XcoreError} some are still there after all
 */
export async function endWorkersOf(cluster: Cluster, progress: Progress): Promise<EndedWorkers> {
  const { provider, runtime, home, config } = cluster;
  const base = await cluster.base.describe();
  const scheduler = schedulerOf(cluster, base);
  const daemonId = await daemonIdOf(runtime, home);
  const leaseTerms = leaseTermsOf(config);
  // No daemon runs without a base, nor without a history; what a start remembers is forgotten only once nobody is left.
  const launched = await runtime.files.exists(home.history) &&
    (base.state !== "absent" || await runtime.files.exists(home.madeConfig));
  try {
    const deps = { provider, clock: runtime.clock, scheduler, daemonId, leaseTerms, launched };
    const ended = await endWorkers(deps, progress);
    if (launched) await forgetLaunches(home.history);
    const { count } = ended;
    if (count > 0) progress(`EndedWorkers ${count} ${count === 1 ? "worker" : "workers"}.`);
    return ended;
  } finally {
    scheduler?.close();
  }
}

/** No worker is left, so the next daemon need not wait for one. If the history cannot be used, it waits. */
async function forgetLaunches(history: string): Promise<void> {
  try {
    const journal = openHistory(history);
    try {
      const launches = await journal.launched();
      await journal.forget(launches.flatMap(({ launched }) => launched.map(({ id }) => id)));
    } finally {
      journal.close();
    }
  } catch { /* the daemon says so at its start */ }
}

/** Workers are gone within seconds on local, within some minutes in a cloud. */
const WORKERS_TIMEOUT_MS = 15 * 60_000;

const POLL_MS = 200;

/** What workers are ended with. */
export interface EndWorkersDeps extends Pick<Deps, "provider" | "clock" | "daemonId" | "leaseTerms"> {
  /** Null when there is none. */
  readonly scheduler: Deps["scheduler"] | null;
  /** Whether any daemon can have launched something since all were known to be gone. */
  readonly launched: boolean;
}

/** What came of ending workers. */
export interface EndedWorkers {
  /** How many there were. */
  readonly count: number;
  /** Nobody else may launch: the lease is ours, or there is no scheduler or no daemon that could have it. */
  readonly isAlone: boolean;
}

/**
 * Ends all workers of the cluster and waits until they are gone.
 *
 * @throws {ConflictError} another daemon looks after the cluster, and would launch others
 * @throws {XcoreError} some are still there after all
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
    const { instances, complete } = await provider.list();
    if (wasComplete && !complete) progress("Waiting for a part of the cloud that does not answer …");
    wasComplete = complete;
    const isEmpty = instances.length === 0 && complete;
    emptySinceMs = isEmpty ? emptySinceMs ?? clock.monotonicMs() : null;
    // What was launched last, by a daemon that is no more, may not be listed yet.
    const believedAfterS = launched ? goneAfterS : 0;
    if (emptySinceMs !== null && isProvenGone(emptySinceMs, askedAtMs, believedAfterS)) {
      return { count: seen.size, isAlone: isAlone || !launched };
    }
    if (!isEmpty && clock.monotonicMs() > deadlineMs) throw workersRemain(instances);
    const news = instances.filter(({ id }) => !seen.has(id));
    if (news.length > 0) progress(`Ending ${news.map(({ name }) => name).join(", ")} …`);
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
 * A daemon that does not get the lease launches nothing.
 *
 * @returns false when the scheduler does not answer, which others may hear all the same
 */
async function keepOthersOut({ scheduler, ...deps }: EndWorkersDeps): Promise<boolean> {
  if (scheduler === null) return true;
  const claimed = await claimLease({ scheduler, ...deps }).catch(() => null);
  if (claimed === null || claimed.granted) return claimed !== null;
  const { holder } = claimed;
  throw new ConflictError(
    `Cannot shut down: ${holder ?? "another daemon"} looks after the cluster, and would launch workers again`,
    "Stop the daemon with `xcore daemon stop` where it runs, wait a minute, then run `xcore shutdown` again.",
  );
}

/**
 * Looks once more, when the scheduler has ended. One that did not answer us may have given the lease to another daemon, which
 * acts on that for a while yet.
 *
 * @throws {XcoreError} when there are workers after all
 */
export async function checkNoWorkers(
  { provider, clock }: Pick<EndWorkersDeps, "provider" | "clock">,
  { isAlone }: Pick<EndedWorkers, "isAlone">,
  progress: Progress,
): Promise<void> {
  if (!isAlone) {
    const waitS = leaseTtlS(provider.pace);
    progress(`Waiting ${waitS} s: the scheduler did not answer, and may have let another daemon launch …`);
    await clock.sleep(waitS * 1000);
  }
  const { instances } = await provider.list();
  if (instances.length > 0) throw workersRemain(instances);
}

function workersRemain(instances: readonly Instance[]): XcoreError {
  const names = instances.map(({ name, id }) => `${name} (${id})`).join(", ") ||
    "nobody that is listed, but a part of the provider does not answer";
  return new XcoreError(`Cannot finish the shutdown: still there: ${names}`, "Run `xcore shutdown` again.");
}

/** What would be lost with the scheduler's memory, as a sentence; null when nothing would. */
export async function workAtRisk(cluster: Cluster): Promise<string | null> {
  const scheduler = schedulerOf(cluster, await cluster.base.describe());
  if (scheduler === null) return null;
  try {
    const { tasks, clients, workers, pendingScatters } = await scheduler.report();
    const running = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
    if (running > 0) return `${running} ${running === 1 ? "task is" : "tasks are"} not finished.`;
    if (clients.length > 0 && workers.some(({ holdsResults }) => holdsResults)) {
      return "A connected client's results would be lost.";
    }
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) {
      return "The scheduler is of another version of xcore: tasks and results there may be lost.";
    }
    return null; // a scheduler that cannot be asked has nothing that could be saved
  } finally {
    scheduler.close();
  }
}
