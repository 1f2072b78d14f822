/** The status of a cluster that a daemon watches, as of its last tick. @module */

import type { Home } from "../config/home.ts";
import type { XcoreError } from "../errors.ts";
import type { Status } from "../model/mod.ts";
import type { BaseState } from "../platform/base.ts";
import { FIRST_STATE, type TickState } from "../reconcile/state.ts";
import type { Runtime } from "../runtime.ts";
import type { Journal } from "../status/journal.ts";
import { statusOf } from "../status/status.ts";
import { clusterFacts } from "./cluster_facts.ts";
import type { Working } from "./working.ts";

/** Decisions shown in a status. */
export const DECISIONS_SHOWN = 10;

/** The status of a cluster that a daemon watches. */
export interface LiveStatus {
  ticked(state: TickState): void;
  /** Notes that something beside the ticks fails, or (null) works. */
  noteFailure(part: "config" | "mend" | "address" | "offerings", error: XcoreError | null): void;
  status(working: Working, base: BaseState): Promise<Status>;
}

/** A live status with nothing in it yet. */
export function liveStatus(
  { runtime, home, journal, sinceMs }: { runtime: Runtime; home: Home; journal: Journal; sinceMs: number },
): LiveStatus {
  let state = FIRST_STATE;
  const failures = new Map<string, XcoreError>();
  return {
    ticked: (after) => state = after,
    noteFailure(part, error) {
      if (error === null) failures.delete(part);
      else failures.set(part, error);
    },
    async status({ config, waitingKeys, pools, provider }, base) {
      const boot = state.memory.failedBoots.at(-1);
      const bootLog = boot && await provider.bootLog(boot.name, boot.attemptId).catch(() => null);
      return statusOf({
        config,
        pools,
        report: state.report,
        memory: state.memory,
        waitingKeys,
        failures: { ...state.failures, ...Object.fromEntries(failures) },
        bootLog: bootLog?.text ?? "",
        cluster: await clusterFacts(runtime, home, base),
        daemon: {
          running: true,
          pid: runtime.pid,
          unit: runtime.env("XCORE_UNIT") ?? null,
          since: new Date(sinceMs).toISOString(),
          last_tick_at: state.tickedAtMs === null ? null : new Date(state.tickedAtMs).toISOString(),
        },
        // That the history cannot be read is told as the tick's own failure.
        inFlight: await journal.openAttempts().catch(() => []),
        decisions: await journal.decisions(DECISIONS_SHOWN).catch(() => []),
        now: { wallMs: runtime.clock.nowMs(), monotonicMs: runtime.clock.monotonicMs() },
      });
    },
  };
}
