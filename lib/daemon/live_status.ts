/** The status of a cluster that a daemon watches, as of its last tick. @module */

import type { XcoreError } from "../errors.ts";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import type { BaseState } from "../infra/base.ts";
import type { Pool, Status } from "../model/mod.ts";
import type { Provider } from "../provider/provider.ts";
import { FIRST_STATE, type TickState } from "../reconcile/state.ts";
import type { Runtime } from "../runtime.ts";
import type { Journal } from "../status/journal.ts";
import { statusOf } from "../status/status.ts";
import { clusterFacts } from "./cluster_facts.ts";

/** Decisions shown in a status. */
export const DECISIONS_SHOWN = 10;

/** What the daemon works with at the moment. */
export interface Present {
  readonly config: Config;
  readonly pools: readonly Pool[];
  readonly provider: Provider;
  readonly base: BaseState;
}

/** The status of a cluster that a daemon watches. */
export interface LiveStatus {
  ticked(state: TickState): void;
  configError(error: XcoreError | null): void;
  status(present: Present): Promise<Status>;
}

/** A live status with nothing in it yet. */
export function liveStatus(
  { runtime, home, journal, sinceMs }: { runtime: Runtime; home: Home; journal: Journal; sinceMs: number },
): LiveStatus {
  let state = FIRST_STATE;
  let configError: XcoreError | null = null;
  return {
    ticked: (after) => state = after,
    configError: (error) => configError = error,
    async status({ config, pools, provider, base }) {
      const boot = state.memory.failedBoots.at(-1);
      return statusOf({
        config,
        pools,
        report: state.report,
        memory: state.memory,
        failures: { ...state.failures, ...(configError !== null && { config: configError }) },
        bootLog: boot === undefined ? "" : await provider.bootLog(boot.name, boot.attemptId).catch(() => ""),
        cluster: await clusterFacts(runtime, home, base),
        daemon: {
          running: true,
          pid: runtime.pid,
          unit: null,
          since: new Date(sinceMs).toISOString(),
          last_tick_at: state.tickedAtMs === null ? null : new Date(state.tickedAtMs).toISOString(),
        },
        inFlight: await journal.openAttempts(),
        decisions: await journal.decisions(DECISIONS_SHOWN),
        now: { wallMs: runtime.clock.nowMs(), monotonicMs: runtime.clock.monotonicMs() },
      });
    },
  };
}
