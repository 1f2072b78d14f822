/**
 * The status of a cluster with a daemon, as of the daemon's last tick. A request for it asks no
 * platform.
 * @module
 */

import type { XcoreError } from "../errors.ts";
import type { Home } from "../config/home.ts";
import type { BaseState } from "../platform/base.ts";
import type { ProblemCode, Status } from "../model/mod.ts";
import type { FailedBoot } from "../plan/memory.ts";
import { platformOf } from "../platform/platforms.ts";
import type { Provider } from "../platform/provider.ts";
import { ledgerReader } from "../price/ledger_reader.ts";
import { FIRST_STATE, type TickState, withFailure } from "../reconcile/tick_state.ts";
import type { Runtime } from "../runtime.ts";
import type { History } from "../status/history.ts";
import type { Failures } from "../status/problems_of.ts";
import { readShutdownNote } from "../status/shutdown_note.ts";
import { type ClusterFacts, statusOf } from "../status/status_of.ts";
import type { DaemonSetup } from "./daemon_setup.ts";
import { daemonStatus } from "./presence.ts";

/** Decisions in a status. */
export const DECISIONS_SHOWN = 10;

/** Seconds before a console without output is read again: a cloud may publish it minutes later. */
const READ_AGAIN_S = 30;

/**
 * The commands that change a cluster as a whole; each writes its name into the lock that it holds.
 */
export type Verb = NonNullable<ClusterFacts["verb"]>;

/** The state of a cluster's base, and the command that is changing it. */
export async function clusterFacts(runtime: Runtime, home: Home, base: BaseState): Promise<ClusterFacts> {
  return {
    base: base.state,
    verb: await runningVerb(runtime, home),
    url: base.url,
    dashboardUrl: base.http === null ? null : `https://${base.http.host}:${base.http.port}/status`,
    startedAtMs: base.startedAtMs,
    lastShutdown: await readShutdownNote(runtime, home),
  };
}

async function runningVerb(runtime: Runtime, home: Home): Promise<Verb | null> {
  if (!await runtime.files.isLocked(home.verbLock)) return null;
  const note = await runtime.files.readTextIfExists(home.verbLock);
  return note === "start" || note === "shutdown" ? note : null;
}

/** The status of a cluster with a daemon. */
export interface LiveStatus {
  /**
   * Takes over a tick's outcome. Reads the console of an instance that has failed to join, without
   * being waited for.
   */
  ticked(state: TickState, provider: Pick<Provider, "bootLog">): void;
  /** Records that something beside the ticks fails, or (null) works. */
  recordFailure(code: ProblemCode, error: XcoreError | null): void;
  status(
    setup: Pick<DaemonSetup, "config" | "pools" | "prices" | "waitingKeys">,
    base: BaseState,
  ): Promise<Status>;
}

/** What a live status is made with. */
export interface LiveStatusOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly history: History;
  /** What the daemon goes by; a reader of its own when not given. */
  readonly readLedger?: ReturnType<typeof ledgerReader>;
  /** When the daemon started; wall clock, milliseconds. */
  readonly sinceMs: number;
}

/** A live status before the first tick. */
export function liveStatus(options: LiveStatusOptions): LiveStatus {
  const { runtime, home, history, sinceMs, readLedger = ledgerReader(history) } = options;
  const { clock } = runtime;
  let state = FIRST_STATE;
  let failures: Failures = {};
  const boots = bootOutput(clock);
  return {
    ticked(after, provider) {
      state = after;
      boots.follow(after.memory.failedBoots.at(-1), provider);
    },
    recordFailure(code, error) {
      failures = withFailure(failures, code, error);
    },
    async status({ config, waitingKeys, pools, prices }, base) {
      return statusOf({
        config,
        pools,
        prices,
        ledger: prices === null ? null : await readLedger(clock.nowMs(), prices).catch(() => null),
        report: state.report,
        memory: state.memory,
        waitingKeys,
        machines: platformOf(config).traits.machines,
        failures: { ...state.failures, ...failures },
        bootLog: boots.textOf(state.memory.failedBoots.at(-1)),
        cluster: await clusterFacts(runtime, home, base),
        daemon: daemonStatus(
          { pid: runtime.pid, sinceMs },
          runtime.env("XCORE_UNIT") ?? null,
          state.tickedAtMs === null ? null : new Date(state.tickedAtMs).toISOString(),
        ),
        // The tick reports a history that cannot be read.
        openAttempts: await history.openAttempts().catch(() => []),
        decisions: await history.decisions(DECISIONS_SHOWN).catch(() => []),
        now: { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() },
      });
    },
  };
}

/** Console output of the last instance that never joined, read between ticks. */
function bootOutput(clock: Runtime["clock"]) {
  let of: FailedBoot | undefined;
  let text = "";
  let isReading = false;
  let notBeforeMs = -Infinity;
  const read = async (boot: FailedBoot, provider: Pick<Provider, "bootLog">) => {
    isReading = true;
    const log = await provider.bootLog(boot.name, boot.attemptId).catch(() => null);
    isReading = false;
    if (of?.id !== boot.id) return;
    text = log?.text ?? "";
    notBeforeMs = clock.monotonicMs() + READ_AGAIN_S * 1000;
  };
  return {
    follow(boot: FailedBoot | undefined, provider: Pick<Provider, "bootLog">): void {
      if (boot?.id !== of?.id) {
        text = "";
        notBeforeMs = -Infinity;
      }
      of = boot;
      if (boot === undefined || isReading || text !== "" || clock.monotonicMs() < notBeforeMs) return;
      void read(boot, provider);
    },
    textOf: (boot: FailedBoot | undefined): string => boot?.id === of?.id ? text : "",
  };
}
