/**
 * The daemon: one per cluster; holds its lock, runs the loop, answers on the control socket, writes
 * its log.
 * @module
 */

import { getRotatingFileSink } from "npm:@logtape/file@2.3.10";
import { configure, dispose, getLogger, type LogRecord } from "npm:@logtape/logtape@2.3.10";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { type SchedulerClient, schedulerClient } from "../dask/scheduler_client.ts";
import { certificateExpiry } from "../dask/make_certificates.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import {
  asXcoreError,
  BundleMissingError,
  ConflictError,
  NotRunningError,
  SchedulerError,
  XcoreError,
} from "../errors.ts";
import type { ProblemCode } from "../model/mod.ts";
import { clearFailures } from "../plan/memory.ts";
import type { BaseState } from "../platform/base.ts";
import { handOver } from "../platform/boot/hand_over.ts";
import { costSoFar } from "../price/ledger.ts";
import { ledgerReader, NO_PRICES } from "../price/ledger_reader.ts";
import { watchedPrices } from "../price/refresh_price_list.ts";
import type { Log } from "../reconcile/deps.ts";
import { giveBackLease } from "../reconcile/lease.ts";
import { loop } from "../reconcile/tick.ts";
import { FIRST_STATE, type TickState } from "../reconcile/tick_state.ts";
import type { Runtime } from "../runtime.ts";
import { tickNotifier } from "../service/systemd.ts";
import { type History, openHistory } from "../status/history.ts";
import { backoff } from "../util/backoff.ts";
import { cached } from "../util/poll_until.ts";
import { buildText, versionOf } from "../version.ts";
import { serveControl } from "./control.ts";
import { type DaemonSetup, daemonSetup, hasOldPrices, watchedConfig } from "./daemon_setup.ts";
import { factRecorder } from "./fact_recorder.ts";
import {
  budgetCause,
  idleCause,
  idleForS,
  shutdownStarter,
  starterDeps,
  UNWATCHED,
  watchIdle,
} from "./shutdown_starter.ts";
import { type LiveStatus, liveStatus } from "./live_status.ts";
import { eventFinder, notifications } from "./notify.ts";
import { pauseUntilChange } from "./pause_until_change.ts";
import { daemonIdOf, takeDaemonLock } from "./presence.ts";
import { sampleRecorder } from "./sample_recorder.ts";
import { schedulerRecorder } from "./scheduler_lives.ts";
import { taskTimeRecorder } from "./task_time_recorder.ts";
import { shown } from "../util/one_line.ts";

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Called with each line of the log. */
  readonly echo: (line: string) => void;
}

/**
 * Runs the daemon until the control socket or a signal tells it to stop. Tasks continue without it.
 *
 * @throws {ConflictError} this cluster's daemon is running already
 * @throws {NotRunningError} no cluster is running
 */
export async function runDaemon({ runtime, home, echo }: DaemonOptions): Promise<void> {
  const readConfig = watchedConfig(runtime, home);
  const first = await readConfig();
  const lock = await takeDaemonLock(runtime, home);
  if (lock === null) {
    throw new ConflictError(
      "Cannot run the daemon: this cluster's daemon is running already",
      "See it with `xcore daemon status`, stop it with `xcore daemon stop`.",
    );
  }
  await runtime.files.mkdir(home.logs);
  const log = await openLog(home.daemonLog, echo);
  const stop = new AbortController();
  const offSignals = runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], (signal) => {
    log.info(`stopping: ${signal}`);
    stop.abort();
  });
  try {
    await watch({ runtime, home, log, stop, first: first.config, readConfig });
    log.info("stopped; tasks continue without the daemon");
  } catch (error) {
    log.warn(`ended: ${whyEnded(error)}`);
    throw error;
  } finally {
    offSignals();
    await log.close();
    lock.release();
  }
}

/** An error of our own says all; of another one the place matters. */
function whyEnded(error: unknown): string {
  if (error instanceof XcoreError) return error.message;
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** A check for events reads the history; they may be told some seconds late. */
const EVENTS_EVERY_MS = 5000;

/** Decisions among which new deaths of workers are. */
const DECISIONS_FOR_EVENTS = 200;

/** Their end is told a month ahead. */
const CHECK_CERTIFICATES_S = 3600;

interface Watch {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly log: Awaited<ReturnType<typeof openLog>>;
  readonly stop: AbortController;
  readonly first: Config;
  readonly readConfig: ReturnType<typeof watchedConfig>;
}

/** What a daemon works with: a changed configuration, or base, takes its place. */
interface Watched {
  setup: DaemonSetup;
  base: BaseState;
}

/** What the parts of a daemon share. */
interface Shared extends Pick<Watch, "runtime" | "home" | "log"> {
  readonly now: Watched;
  readonly history: History;
  readonly live: LiveStatus;
  readonly record: LiveStatus["recordFailure"];
}

async function watch({ runtime, home, log, stop, first, readConfig }: Watch): Promise<void> {
  const setup = await daemonSetup(runtime, home, first);
  const now: Watched = { setup, base: await setup.base.describe() };
  const { clusterId } = setup.config;
  const scheduler = schedulerClient({ ...endpoint(now.base), tls: tlsFiles(home.tls), clusterId });
  // Creates the file with its owner's permissions, which SQLite keeps; openHistory() reports a
  // failure.
  await runtime.files.create(home.history, "").catch(() => false);
  const history = openHistory(home.history);
  const readLedger = ledgerReader(history);
  const { clock, random } = runtime;
  const live = liveStatus({ runtime, home, history, readLedger, sinceMs: clock.nowMs() });
  const closeControl = await serveControl(runtime, home, {
    status: () => live.status(now.setup, now.base),
    stop: () => stop.abort(),
  });
  const shared: Shared = { runtime, home, log, now, history, live, record: recording(live, log) };
  const tellSystemd = tickNotifier(runtime, (line) => log.warn(line));
  const followConfig = configFollower(shared, readConfig);
  const recordCosts = costRecorder(shared);
  const watchUse = useWatch(shared);
  const tellEvents = await eventTeller(shared);
  const recordPast = pastRecorder(shared);
  const daemonId = await daemonIdOf(runtime, home);
  let lastState = FIRST_STATE;
  log.info(`watching ${clusterId} at ${now.base.url}`);
  try {
    await loop({
      clock,
      stop: stop.signal,
      pause: pauseUntilChange(clock, scheduler.changedFrom),
      async prepare(tickState) {
        if (!await runtime.files.exists(home.daemonLock).catch(() => true)) {
          log.warn(
            `stopping: ${home.dir} is gone, or what is in it; workers and scheduler end by themselves`,
          );
          return null;
        }
        const memory = await followConfig(tickState);
        await repairScheduler(shared, scheduler, tickState);
        const { config, provider, rules, prices, leaseTerms } = now.setup;
        const spent = async () =>
          rules.moneyLimits?.budget == null || prices === null
            ? null
            : costSoFar(await readLedger(clock.nowMs(), prices));
        const deps = {
          ...{ provider, scheduler, history, clock, random, log, rules, daemonId, leaseTerms, spent },
          prices: prices ?? NO_PRICES,
        };
        return { deps, state: { ...tickState, memory }, pollIntervalS: config.pollIntervalS };
      },
      async after(tickState) {
        lastState = tickState;
        // A base that was incomplete when the daemon started may be complete by now.
        if (now.base.state !== "up") now.base = await now.setup.base.describe().catch(() => now.base);
        await recordCosts(tickState);
        live.ticked(tickState, now.setup.provider);
        await tellEvents(await watchUse(tickState));
        await recordPast(tickState);
        tellSystemd();
      },
    });
    await recordCosts(lastState, true);
    await recordPast(lastState, true);
    await giveBackLease({ scheduler, daemonId, ...now.setup });
  } finally {
    await closeControl();
    scheduler.close();
    history.close();
  }
}

/** A function that takes over a changed configuration, or new prices; returns the memory for the next tick. */
function configFollower(
  { runtime, home, log, now, record }: Shared,
  readConfig: Watch["readConfig"],
): (tickState: TickState) => Promise<TickState["memory"]> {
  const { clock } = runtime;
  const typesBackoff = backoff(clock);
  const hasNewPrices = watchedPrices(runtime, home, (line) => log.warn(line));
  const expiry = cached(clock, CHECK_CERTIFICATES_S, (tls) => certificateExpiry(runtime, tls));
  return async (tickState) => {
    const reading = await readConfig();
    const read = () => daemonSetup(runtime, home, reading.config);
    if (reading.error !== null || tickState === FIRST_STATE) {
      record("config_broken", reading.error ?? now.setup.madeError);
    }
    record("certificates_expire", await expiry(home.tls));
    if (reading.changed) log.info("the configuration has changed");
    if (reading.changed || (now.setup.unknown !== null && typesBackoff.isReady())) {
      const next = await attempt("use the changed configuration", read);
      if (!(next instanceof XcoreError)) now.setup = next;
      record("config_broken", next instanceof XcoreError ? next : reading.error ?? now.setup.madeError);
      typesBackoff.record(now.setup.unknown === null ? "done" : "failed");
    } else if (hasNewPrices(reading.config) || hasOldPrices(now.setup, clock.monotonicMs())) {
      const next = await attempt("read the prices", read);
      const isBetter = !(next instanceof XcoreError) && next.unknown === null;
      now.setup = isBetter ? next : { ...now.setup, madeMs: clock.monotonicMs() };
    }
    record("machine_types_unknown", now.setup.unknown);
    return reading.changed ? clearFailures(tickState.memory) : tickState.memory;
  };
}

/** Does what can be done for a scheduler that did not answer, and records why it does not. */
async function repairScheduler(
  { runtime, home, log, now, record }: Shared,
  scheduler: SchedulerClient,
  tickState: TickState,
): Promise<void> {
  if (tickState === FIRST_STATE || tickState.report !== null) {
    const codes = ["scheduler_gone", "address_changed", "scheduler_unreachable"] as const;
    for (const code of codes) record(code, null);
    return;
  }
  const failure = tickState.failures.scheduler_unreachable;
  if (failure instanceof BundleMissingError) {
    const handed = await attempt(
      "hand the scheduler its software",
      () => handOver({ runtime, home }, scheduler, failure),
    );
    log.warn(
      handed instanceof XcoreError
        ? handed.message
        : "handed the scheduler its software, for which its instance waited",
    );
  }
  const restarted = await attempt("start the scheduler again", () => now.setup.base.repair());
  record("scheduler_gone", restarted instanceof XcoreError ? restarted : null);
  if (typeof restarted === "string") {
    log.warn(restarted);
    now.base = await now.setup.base.describe().catch(() => now.base);
  }
  // Unknown is not changed: a changed address would hide that the scheduler is unreachable.
  const noAccess = await now.setup.base.diagnoseAccess().catch(() => null);
  record("address_changed", noAccess instanceof SchedulerError ? null : noAccess);
  record("scheduler_unreachable", noAccess instanceof SchedulerError ? noAccess : null);
}

/** A function that records what the scheduler costs, and what workers spend their time with. */
function costRecorder(
  { runtime: { clock }, history, now, record }: Shared,
): (tickState: TickState, isLast?: boolean) => Promise<void> {
  const recordScheduler = schedulerRecorder(history, clock);
  const recordTaskTimes = taskTimeRecorder(history, clock);
  return async ({ report }, isLast = false) => {
    const { setup } = now;
    const done = await attempt("record what the cluster costs", async () => {
      if (!isLast) await recordScheduler({ ...setup, nowMs: clock.nowMs(), answers: report !== null });
      await recordTaskTimes({ report, reportedMs: clock.nowMs(), isLast });
    });
    record("history_unwritable", done instanceof XcoreError ? done : null);
  };
}

/** A function that records what the page and reports tell of the past: without it they have a gap, and nothing else. */
function pastRecorder(
  { runtime: { clock, denoVersion }, history, live, now }: Shared,
): (tickState: TickState, isLast?: boolean) => Promise<void> {
  const recordSample = sampleRecorder(history, clock);
  const recordFacts = factRecorder(history, clock);
  const xcore = buildText(versionOf(denoVersion));
  return async ({ report, tickedAtMs }, isLast = false) => {
    try {
      const read = () => live.status(now.setup, now.base);
      const status = isLast ? await read() : await recordSample(read);
      if (status === null) return;
      const { setup: { config } } = now;
      const atMs = tickedAtMs ?? clock.nowMs();
      await recordFacts({ report, problems: status.problems, config, xcore, atMs }, isLast);
    } catch { /* the tick reports a history that cannot be written */ }
  };
}

/** A function that shuts down a cluster that is idle for long, or has used its budget up; returns for how long it is idle. */
function useWatch(
  { runtime, home, now, record }: Shared,
): (tickState: TickState) => Promise<number | null> {
  const { clock } = runtime;
  const shutDownFor = shutdownStarter(starterDeps(runtime, home, now.setup.config.clusterId));
  let idle = UNWATCHED;
  return async ({ report, lease, memory }) => {
    const commandAtMs = await runtime.files.modifiedMs(home.verbLock).catch(() => null);
    idle = watchIdle(idle, { report, commandAtMs }, clock.monotonicMs());
    const idleS = idleForS(idle, clock.monotonicMs());
    const cause = budgetCause(now.setup.rules, memory) ??
      idleCause(idleS, now.setup.config.shutdownWhenIdleH);
    // A daemon without the lease changes nothing, and without a report it knows no reason to.
    const acts = lease !== null && report !== null;
    record("shutdown_unfinished", await shutDownFor(acts ? cause : null));
    return acts ? idleS : null;
  };
}

/** A function that tells the user's command of events, where one is set; nothing is looked for without. */
async function eventTeller(
  { runtime, home, log, now, history, live, record }: Shared,
): Promise<(idleS: number | null) => Promise<void>> {
  const { clusterName: name, clusterId: id, provider, notify } = now.setup.config;
  const notified = notifications({
    ...{ runtime, home, log },
    cluster: { name, id, provider },
    recordFailure: (error) => record("notify_failed", error),
  });
  const { clock } = runtime;
  const pastOf = () => history.decisions(DECISIONS_FOR_EVENTS).catch(() => []);
  /** What was recorded before is no news. */
  const finderFromNow = async () => {
    const find = eventFinder(clock);
    find({ problems: [], decisions: await pastOf(), idleS: null });
    return find;
  };
  let find = notify === null ? null : await finderFromNow();
  let checkedMs = -Infinity;
  return async (idleS) => {
    const { config: { notify: command } } = now.setup;
    if (command === null) {
      find = null;
      return notified.tell(null, []);
    }
    if (clock.monotonicMs() - checkedMs < EVENTS_EVERY_MS) return;
    checkedMs = clock.monotonicMs();
    find ??= await finderFromNow();
    const { problems } = await live.status(now.setup, now.base).catch(() => ({ problems: [] }));
    notified.tell(command, find({ problems, decisions: await pastOf(), idleS }));
  };
}

/** Records failures for the status, and logs those that are new or over. */
function recording(live: LiveStatus, log: Log): LiveStatus["recordFailure"] {
  const logged = new Map<ProblemCode, string>();
  return (code, error) => {
    live.recordFailure(code, error);
    const was = logged.get(code);
    if (error === null) {
      if (was !== undefined) log.info(`no longer: ${was}`);
      logged.delete(code);
    } else {
      if (was !== error.message) log.warn(error.message);
      logged.set(code, error.message);
    }
  };
}

async function attempt<T>(doing: string, work: () => Promise<T>): Promise<T | XcoreError> {
  try {
    return await work();
  } catch (error) {
    return asXcoreError(error, doing);
  }
}

function endpoint({ http }: BaseState): { host: string; port: number } {
  if (http !== null) return http;
  throw new NotRunningError("Cannot run the daemon: no cluster is running", "Start one with `xcore start`.");
}

/** Bytes in one file before the next one begins. */
const MAX_BYTES = 10_000_000;

/** Files kept, with the newest. */
const FILES = 3;

/** A log that its user has to close. */
export interface LogFile extends Log {
  close(): Promise<void>;
}

/**
 * Opens the log.
 *
 * @param path the file
 * @param echo called with each line too, for a daemon in the foreground
 */
export async function openLog(path: string, echo: (line: string) => void): Promise<LogFile> {
  await configure({
    reset: true,
    sinks: {
      file: getRotatingFileSink(path, {
        maxSize: MAX_BYTES,
        maxFiles: FILES - 1, // beside the newest
        formatter: line,
        bufferSize: 0,
      }),
      echo: (record) => echo(line(record).trimEnd()),
    },
    loggers: [
      { category: "xcore", sinks: ["file", "echo"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: ["echo"], lowestLevel: "error" },
    ],
  });
  const logger = getLogger("xcore");
  return {
    info: (message) => logger.info("{message}", { message }),
    warn: (message) => logger.warn("{message}", { message }),
    close: () => dispose(),
  };
}

function line(record: LogRecord): string {
  const level = record.level === "warning" ? "WARN" : record.level.toUpperCase();
  const message = shown(String(record.properties.message ?? record.rawMessage));
  return `${new Date(record.timestamp).toISOString()} ${level} ${message}\n`;
}
