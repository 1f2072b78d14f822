/**
 * The daemon: one per cluster; holds its lock, runs the loop, answers on the control socket, writes
 * its log.
 * @module
 */

import { getRotatingFileSink } from "npm:@logtape/file@2.3.10";
import { configure, dispose, getLogger, type LogRecord } from "npm:@logtape/logtape@2.3.10";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { schedulerClient } from "../dask/scheduler_client.ts";
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
import { costSoFar, lifeReader } from "../price/cost_so_far.ts";
import { watchedPrices } from "../price/refresh_price_list.ts";
import type { Log } from "../reconcile/deps.ts";
import { giveBackLease } from "../reconcile/lease.ts";
import { loop } from "../reconcile/tick.ts";
import { FIRST_STATE } from "../reconcile/tick_state.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { tickNotifier } from "../service/systemd.ts";
import { openHistory } from "../status/history.ts";
import { cached } from "../util/poll_until.ts";
import { serveControl } from "./control.ts";
import { daemonSetup, hasOldPrices, watchedConfig } from "./daemon_setup.ts";
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
import { daemonIdOf, takeDaemonLock } from "./presence.ts";
import { sampleRecorder } from "./sample_recorder.ts";
import { schedulerRecorder } from "./scheduler_lives.ts";
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

async function watch({ runtime, home, log, stop, first, readConfig }: Watch): Promise<void> {
  let setup = await daemonSetup(runtime, home, first);
  let base = await setup.base.describe();
  const { clusterId } = setup.config;
  const scheduler = schedulerClient({ ...endpoint(base), tls: tlsFiles(home.tls), clusterId });
  // Creates the file with its owner's permissions, which SQLite keeps; openHistory() reports a
  // failure.
  await runtime.files.create(home.history, "").catch(() => false);
  const history = openHistory(home.history);
  const live = liveStatus({ runtime, home, history, sinceMs: runtime.clock.nowMs() });
  const readLives = lifeReader(history);
  const closeControl = await serveControl(runtime, home, {
    status: () => live.status(setup, base),
    stop: () => stop.abort(),
  });
  const record = recording(live, log);
  const tellSystemd = tickNotifier(runtime, (line) => log.warn(line));
  const { clock, random } = runtime;
  const typesBackoff = backoff(clock);
  const hasNewPrices = watchedPrices(runtime, home, (line) => log.warn(line));
  const recordScheduler = schedulerRecorder(history, clock);
  const recordSample = sampleRecorder(history, clock);
  const expiry = cached(clock, CHECK_CERTIFICATES_S, (tls) => certificateExpiry(runtime, tls));
  const daemonId = await daemonIdOf(runtime, home);
  let idle = UNWATCHED;
  const shutDownFor = shutdownStarter(starterDeps(runtime, home, clusterId));
  const { clusterName: name, provider } = setup.config;
  const notified = notifications({
    ...{ runtime, home, log },
    cluster: { name, id: clusterId, provider },
    recordFailure: (error) => record("notify_failed", error),
  });
  const findEvents = eventFinder(clock);
  const pastOf = () => history.decisions(DECISIONS_FOR_EVENTS).catch(() => []);
  // What was recorded before this daemon is no news.
  findEvents({ problems: [], decisions: await pastOf(), idleS: null });
  let checkedMs = -Infinity;
  log.info(`watching ${clusterId} at ${base.url}`);
  try {
    await loop({
      clock,
      stop: stop.signal,
      async prepare(tickState) {
        if (!await runtime.files.exists(home.daemonLock).catch(() => true)) {
          log.warn(
            `stopping: ${home.dir} is gone, or what is in it; workers and scheduler end by themselves`,
          );
          return null;
        }
        const reading = await readConfig();
        let { memory } = tickState;
        if (reading.error !== null || tickState === FIRST_STATE) {
          record("config_broken", reading.error ?? setup.madeError);
        }
        record("certificates_expire", await expiry(home.tls));
        if (reading.changed) log.info("the configuration has changed");
        if (reading.changed || (setup.unknown !== null && typesBackoff.isReady())) {
          const next = await attempt(
            "use the changed configuration",
            () => daemonSetup(runtime, home, reading.config),
          );
          if (!(next instanceof XcoreError)) setup = next;
          record("config_broken", next instanceof XcoreError ? next : reading.error ?? setup.madeError);
          typesBackoff.record(setup.unknown === null ? "done" : "failed");
        } else if (hasNewPrices(reading.config) || hasOldPrices(setup, clock.monotonicMs())) {
          const next = await attempt("read the prices", () => daemonSetup(runtime, home, reading.config));
          const isBetter = !(next instanceof XcoreError) && next.unknown === null;
          setup = isBetter ? next : { ...setup, madeMs: clock.monotonicMs() };
        }
        if (reading.changed) memory = clearFailures(memory);
        record("machine_types_unknown", setup.unknown);
        if (tickState !== FIRST_STATE && tickState.report === null) {
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
          const restarted = await attempt("start the scheduler again", () => setup.base.repair());
          record("scheduler_gone", restarted instanceof XcoreError ? restarted : null);
          if (typeof restarted === "string") {
            log.warn(restarted);
            base = await setup.base.describe().catch(() => base);
          }
          // Unknown is not changed: a changed address would hide that the scheduler is unreachable.
          const noAccess = await setup.base.diagnoseAccess().catch(() => null);
          record("address_changed", noAccess instanceof SchedulerError ? null : noAccess);
          record("scheduler_unreachable", noAccess instanceof SchedulerError ? noAccess : null);
        } else {
          const codes = ["scheduler_gone", "address_changed", "scheduler_unreachable"] as const;
          for (const code of codes) record(code, null);
        }
        const { config, provider, rules, prices, leaseTerms } = setup;
        const deps = {
          provider,
          scheduler,
          history,
          clock,
          random,
          log,
          rules,
          prices,
          daemonId,
          leaseTerms,
          spent: async () => {
            if (rules.moneyLimits?.budget == null || prices === null) return null;
            const nowMs = clock.nowMs();
            return costSoFar(await readLives(nowMs), { nowMs, prices });
          },
        };
        return { deps, state: { ...tickState, memory }, pollIntervalS: config.pollIntervalS };
      },
      async after(tickState) {
        // A base that was incomplete when the daemon started may be complete by now.
        if (base.state !== "up") base = await setup.base.describe().catch(() => base);
        const lived = await attempt(
          "record the scheduler's life",
          () => recordScheduler({ ...setup, nowMs: clock.nowMs(), answers: tickState.report !== null }),
        );
        record("history_unwritable", lived instanceof XcoreError ? lived : null);
        live.ticked(tickState, setup.provider);
        const commandAtMs = await runtime.files.modifiedMs(home.verbLock).catch(() => null);
        idle = watchIdle(idle, { report: tickState.report, commandAtMs }, clock.monotonicMs());
        // A daemon without the lease changes nothing, and without a report it knows no reason to.
        const acts = tickState.lease !== null && tickState.report !== null;
        const idleS = idleForS(idle, clock.monotonicMs());
        const cause = budgetCause(setup.rules, tickState.memory) ??
          idleCause(idleS, setup.config.shutdownWhenIdleH);
        record("shutdown_unfinished", await shutDownFor(acts ? cause : null));
        if (clock.monotonicMs() - checkedMs >= EVENTS_EVERY_MS) {
          checkedMs = clock.monotonicMs();
          const status = await live.status(setup, base).catch(() => null);
          // Without it the page has a gap, and nothing else depends on it.
          if (status !== null) await recordSample(status).catch(() => {});
          const problems = status?.problems ?? [];
          const seen = { problems, decisions: await pastOf(), idleS: acts ? idleS : null };
          notified.tell(setup.config.notify, findEvents(seen));
        }
        tellSystemd();
      },
    });
    await giveBackLease({ scheduler, daemonId, ...setup });
  } finally {
    await closeControl();
    scheduler.close();
    history.close();
  }
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

/** Short enough that what the user fixes takes effect soon. */
const LONGEST_WAIT_S = 60;

/** The delay after a failure; each failure in a row doubles it. */
export interface Backoff {
  /** Whether it may be tried now. */
  isReady(): boolean;
  /** Records the outcome of a try. */
  record(outcome: "failed" | "done"): void;
}

/** A backoff before the first failure. */
export function backoff(clock: Pick<Clock, "monotonicMs">): Backoff {
  let failures = 0;
  let notBeforeMs = -Infinity;
  return {
    isReady: () => clock.monotonicMs() >= notBeforeMs,
    record(outcome) {
      failures = outcome === "failed" ? failures + 1 : 0;
      const waitS = failures === 0 ? 0 : Math.min(2 ** failures, LONGEST_WAIT_S);
      notBeforeMs = clock.monotonicMs() + waitS * 1000;
    },
  };
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
