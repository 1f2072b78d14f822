/** `xcore shutdown`: removes the whole cluster and checks that nothing is left. @module */

import { join } from "node:path";
import { leaseTermsOf } from "../config/config.ts";
import { notify, type NotifyEvent } from "../daemon/notify.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { removeUnfinished } from "../dask/make_certificates.ts";
import { asXcoreError, ConflictError, ProtocolError, XcoreError } from "../errors.ts";
import type { Instance, Listing, WorkerTime } from "../model/mod.ts";
import { isProvenGone } from "../plan/update_memory.ts";
import type { Deps } from "../reconcile/deps.ts";
import { claimLease, leaseTtlS } from "../reconcile/lease.ts";
import { platformOf } from "../platform/platforms.ts";
import type { Ledger } from "../price/ledger.ts";
import { openHistory } from "../status/history.ts";
import { readShutdownNote, type ShutdownNote, writeShutdownNote } from "../status/shutdown_note.ts";
import { count } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { type ClusterLedger, clusterLedger } from "./cluster_ledger.ts";
import { type Cluster, openMade, type Progress, schedulerOf, type Scope, withVerbLock } from "./cluster.ts";
import { removeService, stopDaemon } from "./daemon_service.ts";

/** Asks a yes-or-no question. */
export type Confirm = (question: string) => Promise<boolean>;

/** What a shutdown may do beyond the usual. */
export interface ShutdownOptions {
  /** Whether it goes on while another daemon holds the lease. */
  readonly force?: boolean;
  /** Changes nothing where a task is not finished, a client is connected, or that is unknown. */
  readonly onlyIfIdle?: boolean;
  /**
   * The daemon's reason, `idle for 2 h`. Such a shutdown asks nothing, waits for no other command,
   * and tries again what fails.
   */
  readonly unattended?: string;
}

/**
 * Stops the daemon, terminates the workers and removes the base, in this order, and checks that
 * nothing is left. It can be run again at any point.
 *
 * @param confirm called when tasks or results would be lost
 * @returns false: the answer was no, or the cluster is in use and that matters
 * @throws {ConflictError} another daemon holds the lease, and nothing is forced
 * @throws {XcoreError} something could not be removed
 */
export async function shutdown(
  scope: Scope,
  confirm: Confirm,
  progress: Progress,
  options: ShutdownOptions = {},
): Promise<boolean> {
  const { unattended, onlyIfIdle = false } = options;
  if (unattended !== undefined) {
    await openMade(scope); // whether there is a cluster to speak of, before its lock
    const work = () => shutdownUnattended(scope, progress, { ...options, unattended });
    return await withVerbLock(scope, "shutdown", progress, work, false);
  }
  const cluster = await openMade(scope);
  const risk = await workAtRisk(cluster, progress);
  if (onlyIfIdle && staysFor(risk, progress)) return false;
  if (risk.text !== null && !await confirm(`${risk.text} Shut down anyway?`)) return false;
  await withVerbLock(scope, "shutdown", progress, async () => {
    const noted = await noteOf(cluster, { by: "command", reason: null });
    await takeDown(cluster, progress, { ...options, ...risk });
    await noted?.ended();
  });
  return true;
}

/** Seconds between two tries where no person can run the command again. */
const TRY_AGAIN_AFTER_S = [15, 30, 60, 120, 300, 600];

/** Holds the lock between two tries, too: what is half removed is no cluster to work with. */
async function shutdownUnattended(
  scope: Scope,
  progress: Progress,
  options: ShutdownOptions & { readonly unattended: string },
): Promise<boolean> {
  const { clock } = scope.runtime;
  const first = await openMade(scope);
  const risk = await workAtRisk(first, progress);
  if (options.onlyIfIdle && staysFor(risk, progress)) return false;
  const noted = await noteOf(first, { by: "daemon", reason: options.unattended });
  for (let failures = 0;; failures++) {
    try {
      const cluster = failures === 0 ? first : await openMade(scope);
      await takeDown(cluster, progress, { ...options, ...risk });
      await noted?.ended();
      await tellOf(cluster, `The daemon has shut the cluster down: ${options.unattended}`, progress);
      return true;
    } catch (error) {
      const waitS = TRY_AGAIN_AFTER_S[failures];
      const { message, hint } = asXcoreError(error, "shut down");
      if (waitS === undefined || error instanceof ConflictError) {
        await noted?.failed(message);
        await tellOf(
          first,
          `The shutdown of the cluster (${options.unattended}) did not finish: ${message}`,
          progress,
          hint,
        );
        throw error;
      }
      progress(`${message}. ${hint} Trying again in ${waitS} s …`);
      await clock.sleep(waitS * 1000);
    }
  }
}

/** Runs the notify command, which the daemon, stopped by now, cannot. */
async function tellOf(
  { runtime, home, config }: Cluster,
  message: string,
  progress: Progress,
  hint: string | null = null,
): Promise<void> {
  const { notify: command, clusterName: name, clusterId: id, provider } = config;
  if (command === null) return;
  const at = new Date(runtime.clock.nowMs()).toISOString();
  const event: NotifyEvent = { event: "shut_down", at, cluster: { name, id, provider }, message, hint };
  const { failure, output } = await notify(runtime, home, command, event);
  const printed = output === "" ? "" : `; it printed: ${output}`;
  if (failure !== null) progress(`The notify command was not told: ${failure}${printed}`);
}

/** Whether the cluster is in use, or may be; that is told. */
function staysFor({ inUse }: Risk, progress: Progress): boolean {
  if (inUse !== null) progress(`The cluster stays: ${inUse}`);
  return inUse !== null;
}

/** Notes that a shutdown begins; null where there is nothing to shut down, and the last one's note stays. */
async function noteOf(
  { runtime, home, base }: Cluster,
  who: Pick<ShutdownNote, "by" | "reason">,
): Promise<{ ended(): Promise<void>; failed(error: string): Promise<void> } | null> {
  const isOver = (await readShutdownNote(runtime, home))?.endedAtMs != null;
  if (isOver && (await base.describe()).state === "down") return null;
  const { clock } = runtime;
  const note = { ...who, beganAtMs: clock.nowMs(), endedAtMs: null, error: null };
  await writeShutdownNote(runtime, home, note);
  return {
    ended: () => writeShutdownNote(runtime, home, { ...note, endedAtMs: clock.nowMs() }),
    failed: (error) => writeShutdownNote(runtime, home, { ...note, error }),
  };
}

async function takeDown(cluster: Cluster, progress: Progress, options: EndWorkersOptions): Promise<void> {
  await stopDaemonOf(cluster, progress, options);
  // Early, so that a reboot starts no daemon; if it fails, the instances are terminated
  // nevertheless.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ledger = await clusterLedger(cluster).catch(() => null); // it must not keep anything from ending
  await ledger?.readScheduler(options.answers ?? true).then(() => ledger.save()).catch(() => {});
  ledger?.timed(options.taskTime ?? []);
  const ended = await endWorkersOf(cluster, progress, options, ledger);
  await cluster.base.down(progress, options);
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
  for (const folder of [home.root, home.dir, home.run, home.terraform, home.packer]) {
    await runtime.files.removeUnfinished(folder);
  }
  await reportCost(ledger, progress);
  await reportKeptImages(cluster, progress);
  if (unremoved !== null) throw unremoved;
}

/** Records that all has ended, and says what it has cost, if there was something. */
async function reportCost(costs: ClusterLedger | null, progress: Progress): Promise<void> {
  if (costs === null || costs.now().perHour.instances === 0) return;
  costs.end();
  await costs.save().catch(() => {}); // the next start reports a history that cannot be written
  progress(runText(costs.now()));
}

/** `This run cost $1.23.` */
export function runText({ sinceStart: { usd, unknown } }: Pick<Ledger, "sinceStart">): string {
  const others = unknown === 0 ? "" : `, and ${count(unknown, "instance")} whose price is not known`;
  return `This run cost ${moneyText(usd)}${others}: see \`xcore cost\`.`;
}

/** Images outlast a cluster on purpose, and cost. */
async function reportKeptImages({ base, config }: Cluster, progress: Progress): Promise<void> {
  const images = await base.images?.list().catch(() => []) ?? [];
  if (images.length === 0) return;
  const sizeGb = images.reduce((sum, image) => sum + image.sizeGb, 0);
  const what = images.length === 1
    ? `the machine image ${images[0]!.name}`
    : `${images.length} machine images`;
  const usd = sizeGb * (platformOf(config).traits.extraPrices?.imageUsd ?? 0);
  progress(
    `Kept ${what} (up to ${sizeGb} GB, which cost up to ${moneyText(usd)} a month) for the next start: see ` +
      "`xcore image list` and `xcore image remove NAME`.",
  );
}

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
  const within = isOfMachines(cluster) ? undefined : LOCAL_STOP_WITHIN_MS[answers ? "answers" : "silent"];
  const waiting = "Waiting for the daemon, which finishes what it does …";
  if (await tellingIfLong(cluster, progress, waiting, stopDaemon(cluster, within))) {
    progress("Stopped the daemon.");
  }
}

function isOfMachines({ config }: Cluster): boolean {
  return platformOf(config).traits.machines;
}

/** What takes longer is told of. */
const LONG_MS = 2000;

async function tellingIfLong<T>(
  { runtime: { clock } }: Cluster,
  progress: Progress,
  line: string,
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(LONG_MS, done.signal).then(() => {
    if (!done.signal.aborted) progress(line);
  }, () => {});
  try {
    return await work;
  } finally {
    done.abort();
    await late;
  }
}

/** How workers are ended. */
export interface EndWorkersOptions extends ShutdownOptions {
  /** False: the scheduler has been asked, and has not answered. */
  readonly answers?: boolean;
  /** What it has answered of workers' time. */
  readonly taskTime?: readonly WorkerTime[];
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
  { force = false, answers = true }: EndWorkersOptions = {},
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
    const hasOneDaemon = !isOfMachines(cluster);
    const asked = hasOneDaemon && !answers ? null : scheduler;
    const deps = {
      ...{ provider, clock: runtime.clock, scheduler: asked, daemonId, leaseTerms, launched },
      ...{ hasOneDaemon, force },
      listed: (listing: Listing, terminated: readonly string[]) => costs?.listed(listing, terminated),
    };
    const ended = await endWorkers(deps, progress).finally(() => costs?.save().catch(() => {}));
    if (launched) await recordGone(home.history, runtime.clock.nowMs());
    if (ended.count > 0) progress(`Terminated ${count(ended.count, "worker")}.`);
    return ended;
  } finally {
    scheduler?.close();
  }
}

/**
 * Records that all workers are gone: the next daemon starts without waiting for them, and the page shows
 * none. If the history cannot be used, it waits.
 */
async function recordGone(history: string, nowMs: number): Promise<void> {
  try {
    const journal = openHistory(history);
    try {
      const launches = await journal.launched();
      await journal.forget(launches.flatMap(({ launched }) => launched.map(({ id }) => id)));
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

/** What ends with the scheduler. */
export interface Risk {
  /** Tasks and results, as a sentence; null if there are none. */
  readonly text: string | null;
  /** Who or what uses the cluster, as a sentence, or that it is unknown; null where nothing does. */
  readonly inUse: string | null;
  /** Whether there is a scheduler, and it has answered. */
  readonly answers: boolean;
  /** How workers spend their time, by a scheduler that has answered. */
  readonly taskTime?: readonly WorkerTime[];
}

const UNKNOWN_USE = "The scheduler does not answer, so that its tasks and clients are unknown.";

/** The tasks and results that end with the scheduler. */
export async function workAtRisk(cluster: Cluster, progress: Progress): Promise<Risk> {
  const scheduler = schedulerOf(cluster, await cluster.base.describe());
  if (scheduler === null) return { text: null, inUse: null, answers: false };
  try {
    const stopped = isOfMachines(cluster) ? null : await cluster.base.diagnoseAccess();
    if (stopped !== null) {
      return {
        text: "The scheduler's process is stopped: what tasks and results it has is unknown.",
        inUse: UNKNOWN_USE,
        answers: false,
      };
    }
    const asking = tellingIfLong(
      cluster,
      progress,
      "Waiting for the scheduler to answer …",
      scheduler.report(),
    );
    const { tasks, clients, workers, pendingScatters, taskTime } = await asking;
    const running = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
    const text = running > 0
      ? `${running} ${running === 1 ? "task has" : "tasks have"} not finished.`
      : clients.length > 0 && workers.some(({ holdsResults }) => holdsResults)
      ? "A connected client would lose its results."
      : null;
    const inUse = running > 0
      ? text
      : clients.length > 0
      ? `${count(clients.length, "client")} ${clients.length === 1 ? "is" : "are"} connected.`
      : null;
    return { text, inUse, answers: true, taskTime };
  } catch (error) {
    const text = error instanceof ProtocolError
      ? "The scheduler is of another version of xcore: tasks and results there may be lost."
      : null; // nothing can be saved from a scheduler that does not answer
    return { text, inUse: UNKNOWN_USE, answers: false };
  } finally {
    scheduler.close();
  }
}
