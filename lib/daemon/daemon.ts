/** The daemon: one per cluster, holds its lock, runs the loop, answers on the control socket. @module */

import { ConflictError, NotRunningError } from "../errors.ts";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { poolsOf } from "../config/pools.ts";
import { schedulerClient } from "../dask/scheduler_client.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import type { BaseState } from "../infra/base.ts";
import { baseFor } from "../infra/registry.ts";
import type { Pool } from "../model/mod.ts";
import { forgiveFailures } from "../plan/memory.ts";
import type { Provider } from "../provider/provider.ts";
import { providerFor } from "../provider/registry.ts";
import { loop } from "../reconcile/loop.ts";
import { rulesOf } from "../reconcile/rules_of.ts";
import { FIRST_STATE } from "../reconcile/state.ts";
import type { Runtime } from "../runtime.ts";
import { openJournal } from "../status/sqlite_journal.ts";
import { serveControl } from "./control.ts";
import { openLog } from "./log.ts";
import { takePlace } from "./presence.ts";
import { liveStatus } from "./live_status.ts";
import { watchedConfig } from "./watched_config.ts";

/** What a daemon is started with. */
export interface DaemonOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  /** Told each line of the log. */
  readonly echo: (line: string) => void;
}

/**
 * Runs the daemon until it is told to stop, by the control socket or by a signal. Workers go on without it.
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
    log.info("stopped; workers go on without the daemon");
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
  let config = first;
  let base = await baseFor({ runtime, home, config });
  const state = await base.describe();
  const scheduler = schedulerClient({
    ...endpoint(state),
    tls: tlsFiles(home.tls),
    clusterId: config.clusterId,
  });
  const journal = openJournal(home.history);
  let provider: Provider = await providerFor({ runtime, home, config });
  let pools: readonly Pool[] = poolsFor(config);
  const live = liveStatus({ runtime, home, journal, sinceMs: runtime.clock.nowMs() });
  const closeControl = await serveControl(runtime.files, home, {
    status: () => live.status({ config, pools, provider, base: state }),
    stop: () => stop.abort(),
  });
  const daemonId = `${runtime.hostname}:${home.dir}`;
  log.info(`watching ${config.clusterId} at ${state.url}`);
  try {
    await loop({
      clock: runtime.clock,
      stop: stop.signal,
      async prepare(tickState) {
        const reading = await readConfig();
        if (reading.changed) {
          config = reading.config;
          base = await baseFor({ runtime, home, config });
          provider = await providerFor({ runtime, home, config });
          pools = poolsFor(config);
          log.info("the config has changed");
        }
        live.configError(reading.error);
        if (tickState !== FIRST_STATE && tickState.report === null) {
          const mended = await base.mend();
          if (mended !== null) log.warn(mended);
        }
        const rules = rulesOf(config, pools, provider.pace);
        const deps = {
          provider,
          scheduler,
          journal,
          clock: runtime.clock,
          random: runtime.random,
          log,
          rules,
          daemonId,
        };
        const memory = reading.changed ? forgiveFailures(tickState.memory) : tickState.memory;
        return { deps, state: { ...tickState, memory }, pollIntervalS: config.pollIntervalS };
      },
      after: (tickState) => live.ticked(tickState),
    });
    // Given back, so that another daemon need not wait until it lapses. A deaf scheduler will forget it by itself.
    await scheduler.lease(daemonId, 0).catch(() => {});
  } finally {
    await closeControl();
    scheduler.close();
    journal.close();
  }
}

function poolsFor(config: Config): readonly Pool[] {
  return poolsOf(config, { cores: navigator.hardwareConcurrency });
}

function endpoint({ http }: BaseState): { host: string; port: number } {
  if (http !== null) return http;
  throw new NotRunningError("Cannot run the daemon: no cluster is running", "Start one with `xcore start`.");
}
