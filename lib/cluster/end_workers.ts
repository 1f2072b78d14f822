/** The end of the daemon and of all workers, for a shutdown and a restart. @module */

import { leaseTermsOf } from "../config/config.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { ConflictError, XcoreError } from "../errors.ts";
import type { Fact, Instance, Listing, WorkerTime } from "../model/mod.ts";
import { isProvenGone } from "../plan/update_memory.ts";
import { platformOf } from "../platform/platforms.ts";
import type { Deps } from "../reconcile/deps.ts";
import { claimLease, leaseTtlS } from "../reconcile/lease.ts";
import { openHistory } from "../status/history.ts";
import { count } from "../util/duration_text.ts";
import { tellingIfLong } from "../util/telling_if_long.ts";
import { type ClusterLedger, clusterLedger } from "./cluster_ledger.ts";
import { type Cluster, type Progress, schedulerOf } from "./cluster.ts";
import { stopDaemon } from "./daemon_service.ts";

/**
 * A tick on this machine has nothing under way that a kill would lose; one that waits for a
 * scheduler which does not answer will not end soon, one that does not has ended by then.
 */
const LOCAL_STOP_WITHIN_MS = { answers: 3000, silent: 500 };

/** Stops the cluster's daemon, and reports it if there was one. */
export async function stopDaemonOf(
  cluster: Cluster,
  progress: Progress,
  { answers = true }: EndWorkersOptions = {},
): Promise<void> {
  const within = platformOf(cluster.config).traits.machines
    ? undefined
    : LOCAL_STOP_WITHIN_MS[answers ? "answers" : "silent"];
  const waiting = "Waiting for the daemon, which finishes what it does …";
  if (await tellingIfLong(cluster.runtime.clock, progress, waiting, stopDaemon(cluster, within))) {
    progress("Stopped the daemon.");
  }
}

/** How workers are ended. */
export interface EndWorkersOptions {
  /** Whether it goes on while another daemon holds the lease. */
  readonly force?: boolean;
  /** False: the scheduler has been asked, and has not answered. */
  readonly answers?: boolean;
  /** What it has answered of workers' time. */
  readonly taskTime?: readonly WorkerTime[];
  /** What it has answered of its tasks. */
  readonly tasks?: Fact | null;
}

/**
 * Terminates the cluster's workers, and reports how many there were.
 *
 * @param known what it costs, if that has been read
 * @throws {ConflictError} another daemon looks after the cluster, and nothing is forced
 * @throws {XcoreError} some workers are not gone in time
 */
export async function endWorkersOf(
  cluster: Cluster,
  progress: Progress,
  { force = false, answers = true, tasks = null }: EndWorkersOptions = {},
  known?: ClusterLedger | null,
): Promise<EndedWorkers> {
  const { provider, runtime, home, config } = cluster;
  const costs = known === undefined ? await clusterLedger(cluster).catch(() => null) : known;
  const base = await cluster.base.describe();
  const scheduler = schedulerOf(cluster, base);
  const daemonId = await daemonIdOf(runtime, home);
  const leaseTerms = leaseTermsOf(config);
  // A daemon needs a base and a history. What a start saved is removed only after the last worker.
  const launched = await runtime.files.exists(home.history) &&
    (base.state !== "down" || await runtime.files.exists(home.madeConfig));
  try {
    const hasOneDaemon = !platformOf(config).traits.machines;
    const asked = hasOneDaemon && !answers ? null : scheduler;
    const deps = {
      ...{ provider, clock: runtime.clock, scheduler: asked, daemonId, leaseTerms, launched },
      ...{ hasOneDaemon, force },
      listed: (listing: Listing, terminated: readonly string[]) => costs?.listed(listing, terminated),
    };
    const ended = await endWorkers(deps, progress).finally(() => costs?.save().catch(() => {}));
    if (launched) await recordGone(home.history, runtime.clock.nowMs(), tasks);
    if (ended.count > 0) progress(`Terminated ${count(ended.count, "worker")}.`);
    return ended;
  } finally {
    scheduler?.close();
  }
}

/**
 * Records that all workers are gone: the next daemon starts without waiting for them, and the page shows
 * none. If the history cannot be used, it waits.
 *
 * @param tasks what has become of the tasks, as last heard
 */
async function recordGone(history: string, nowMs: number, tasks: Fact | null): Promise<void> {
  try {
    const journal = openHistory(history);
    try {
      const launches = await journal.launched();
      await journal.forget(launches.flatMap(({ launched }) => launched.map(({ id }) => id)));
      if (tasks !== null) await journal.recordFacts([tasks]);
      await journal.recordSample({ atMs: nowMs, workers: {}, target: null, queued: null, processing: null });
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
  /**
   * True: only a daemon of this home can launch these workers, and it has been stopped, so that a
   * scheduler which does not answer is not asked again. False: one on another machine can, too.
   */
  readonly hasOneDaemon?: boolean;
  /** Whether to go on while another daemon holds the lease. */
  readonly force?: boolean;
  /** Told each listing, and the ids of the instances in it that were told to end. */
  readonly listed?: (listing: Listing, terminated: readonly string[]) => void;
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
  const { provider, clock, launched, hasOneDaemon = false } = deps;
  const { goneAfterS, terminateAgainS } = provider.pace;
  const deadlineMs = clock.monotonicMs() + WORKERS_TIMEOUT_MS;
  const seen = new Set<string>();
  let toldAtMs = -Infinity;
  let emptySinceMs: number | null = null;
  let wasComplete = true;
  const others: Others = { overridden: null, answers: true };
  for (;;) {
    const isAlone = hasOneDaemon && !others.answers || await keepOthersOut(deps, others, progress) ||
      hasOneDaemon;
    const askedAtMs = clock.monotonicMs();
    const listing = await provider.list();
    const { instances, complete, silent = [] } = listing;
    if (wasComplete && !complete) {
      progress(`Waiting for ${silent.join(", ") || "a part of the cloud"}, which does not answer …`);
    }
    wasComplete = complete;
    const isEmpty = instances.length === 0 && complete;
    emptySinceMs = isEmpty ? emptySinceMs ?? clock.monotonicMs() : null;
    // The last launches of a stopped daemon may not be listed yet.
    const believedAfterS = launched ? goneAfterS : 0;
    if (isEmpty) deps.listed?.(listing, []);
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
    deps.listed?.(listing, instances.map(({ id }) => id));
    await clock.sleep(Math.max(POLL_MS, provider.pace.listWhenChangingS * 1000));
  }
}

/** What is known of other daemons while workers end. */
interface Others {
  /** The holder of the lease that is overridden. */
  overridden: string | null;
  /** Whether the scheduler has answered the last claim. */
  answers: boolean;
}

/**
 * Claims the lease: a daemon without it launches nothing.
 *
 * @returns false: the scheduler does not answer us, but it may answer another daemon; or another
 *   daemon has the lease, which is overridden
 */
async function keepOthersOut(
  { scheduler, force = false, ...deps }: EndWorkersDeps,
  others: Others,
  progress: Progress,
): Promise<boolean> {
  if (scheduler === null) return true;
  const claimed = await claimLease({ scheduler, ...deps }).catch(() => null);
  others.answers = claimed !== null;
  if (claimed === null || claimed.granted) return claimed !== null;
  const holder = claimed.holder ?? "another daemon";
  if (!force) {
    throw new ConflictError(
      `Cannot shut down: ${holder} manages the cluster, and would launch workers again`,
      "Run `xcore daemon stop` there, wait a minute, then run `xcore shutdown` again; " +
        "`xcore shutdown --force` goes on without.",
    );
  }
  if (others.overridden !== holder) {
    progress(
      `Overriding the lease of ${holder}: a daemon there may launch workers until the scheduler ends.`,
    );
    others.overridden = holder;
  }
  return false;
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
