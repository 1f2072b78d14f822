/** The daemon: one per cluster, holds its lock, runs the loop, answers on the control socket. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { schedulerClient } from "../dask/scheduler_client.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import { asXcoreError, ConflictError, NotRunningError, XcoreError } from "../errors.ts";
import { forgiveFailures } from "../plan/memory.ts";
import type { BaseState } from "../platform/base.ts";
import type { Log } from "../reconcile/deps.ts";
import { giveBackLease } from "../reconcile/lease.ts";
import { loop } from "../reconcile/loop.ts";
import { FIRST_STATE } from "../reconcile/state.ts";
import type { Runtime } from "../runtime.ts";
import { tickNotifier } from "../service/tick_notifier.ts";
import { openJournal } from "../status/sqlite_journal.ts";
import { serveControl } from "./control.ts";
import { type LiveStatus, liveStatus } from "./live_status.ts";
import { openLog } from "./log.ts";
import { patience } from "./patience.ts";
import { daemonIdOf, takePlace } from "./presence.ts";
import { watchedConfig } from "./watched_config.ts";
import { workingWith } from "./working.ts";

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Told each line of the log. */
  readonly echo: (line: string) => void;
}

/**
 * Runs the daemon until it is told to stop, by the control socket or by a signal. Tasks go on without it.
 *
 * @throws {ConflictError} when this cluster's daemon runs already
 * @throws {NotRunningError} when there is no cluster to look after
 */
export async function runDaemon({ runtime, home, echo }: DaemonOptions): Promise<void> {
  const readConfig = watchedConfig(runtime, home);
  const first = await readConfig();
  const place = await takePlace(runtime, home);
  if (place === null) {
    throw new ConflictError(
      "Cannot run the daemon: this cluster's daemon runs already",
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
    log.info("stopped; tasks go on without the daemon");
  } catch (error) {
    log.warn(`ended: ${error instanceof Error ? error.stack ?? error.message : error}`);
    throw error;
  } finally {
    offSignals();
    await log.close();
    place.release();
  }
}

interface Watch {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly log: Awaited<ReturnType<typeof openLog>>;
  readonly stop: AbortController;
  readonly first: Config;
  readonly readConfig: ReturnType<typeof watchedConfig>;
}

async function watch({ runtime, home, log, stop, first, readConfig }: Watch): Promise<void> {
  let working = await workingWith(runtime, home, first);
  let state = await working.base.describe();
  const { clusterId } = working.config;
  const scheduler = schedulerClient({ ...endpoint(state), tls: tlsFiles(home.tls), clusterId });
  // Its owner's alone, which SQLite leaves as it is; that it cannot be made is for the journal to say.
  await runtime.files.create(home.history, "").catch(() => false);
  const journal = openJournal(home.history);
  const live = liveStatus({ runtime, home, journal, sinceMs: runtime.clock.nowMs() });
  const closeControl = await serveControl(runtime.files, home, {
    status: async () => {
      // What was there in part when the daemon started may be whole by now.
      if (state.state !== "up") state = await working.base.describe().catch(() => state);
      return await live.status(working, state);
    },
    stop: () => stop.abort(),
  });
  const note = noting(live, log);
  const notify = tickNotifier(runtime, (line) => log.warn(line));
  const { clock, random } = runtime;
  const refusal = patience(clock); // with a provider that does not say what it has to offer
  const daemonId = await daemonIdOf(runtime, home);
  log.info(`watching ${clusterId} at ${state.url}`);
  try {
    await loop({
      clock,
      stop: stop.signal,
      async prepare(tickState) {
        const reading = await readConfig();
        let { memory } = tickState;
        if (reading.error !== null) note("config", reading.error);
        if (reading.changed) log.info("the config has changed");
        if (reading.changed || (working.unknown !== null && refusal.isOver())) {
          const next = await attempt(
            "follow the changed config",
            () => workingWith(runtime, home, reading.config),
          );
          note("config", next instanceof XcoreError ? next : reading.error);
          if (!(next instanceof XcoreError)) working = next;
          refusal.tried(working.unknown === null ? "done" : "failed");
        }
        if (reading.changed) memory = forgiveFailures(memory);
        note("offerings", working.unknown);
        if (tickState !== FIRST_STATE && tickState.report === null) {
          const mended = await attempt("start the scheduler again", () => working.base.repair());
          note("mend", mended instanceof XcoreError ? mended : null);
          if (typeof mended === "string") {
            log.warn(mended);
            state = await working.base.describe().catch(() => state);
          }
          note("address", await attempt("look who is let in", () => working.base.diagnoseAccess()));
        } else for (const part of ["mend", "address"] as const) note(part, null);
        const { config, provider, rules, leaseTerms } = working;
        const deps = { provider, scheduler, journal, clock, random, log, rules, daemonId, leaseTerms };
        return { deps, state: { ...tickState, memory }, pollIntervalS: config.pollIntervalS };
      },
      after(tickState) {
        live.ticked(tickState);
        notify();
      },
    });
    await giveBackLease({ scheduler, daemonId, ...working });
  } finally {
    await closeControl();
    scheduler.close();
    journal.close();
  }
}

/** Notes failures for the status, and for the log when they are new or over. */
function noting(live: LiveStatus, log: Log): LiveStatus["noteFailure"] {
  const said = new Map<string, string>();
  return (part, error) => {
    live.noteFailure(part, error);
    const was = said.get(part);
    if (error === null) {
      if (was !== undefined) log.info(`no longer: ${was}`);
      said.delete(part);
    } else {
      if (was !== error.message) log.warn(error.message);
      said.set(part, error.message);
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
