/** `xcore daemon status`: whether the daemon runs, its unit, and its last warning. @module */

import { askStatus } from "../daemon/control.ts";
import { daemonPresence, daemonStatus } from "../daemon/presence.ts";
import { serviceOf } from "../service/choose_manager.ts";
import type { DaemonStatus } from "../model/mod.ts";
import { readNote, type ServiceState } from "../service/service.ts";
import type { Scope } from "./cluster.ts";

/** The state of the daemon. Times are ISO 8601 in UTC. */
export interface DaemonReport extends DaemonStatus {
  readonly uptime_s: number | null;
  /**
   * Restarts after a crash since `xcore start` or `xcore daemon start`; null for a plain process.
   */
  readonly restarts: number | null;
  /**
   * The newest warning in its log with its time, or why the service manager stopped restarting it.
   */
  readonly last_error: string | null;
}

/** A daemon seen from outside. */
export interface DaemonFacts {
  readonly status: DaemonStatus;
  /** What its service manager says; null for a plain process. */
  readonly service: ServiceState | null;
}

/**
 * Reads the state of the daemon from its lock and its service manager.
 *
 * @param known what the daemon itself says; null: it does not answer
 */
export async function daemonFacts(
  { runtime, home }: Scope,
  known: DaemonStatus | null,
): Promise<DaemonFacts> {
  const [presence, note] = await Promise.all([daemonPresence(runtime, home), readNote(runtime, home)]);
  const unit = presence !== null && known !== null ? known.unit : note?.unit ?? null;
  return {
    status: daemonStatus(presence, unit, known?.last_tick_at ?? null),
    service: note === null ? null : await (await serviceOf(runtime, home, note)).state(),
  };
}

/** The state of the daemon with its last warning. */
export async function daemonReport(scope: Scope): Promise<DaemonReport> {
  const { runtime, home } = scope;
  const { status, service } = await daemonFacts(scope, (await askStatus(runtime, home))?.daemon ?? null);
  const upMs = status.since === null ? null : runtime.clock.nowMs() - Date.parse(status.since);
  return {
    ...status,
    uptime_s: upMs === null ? null : Math.max(0, Math.round(upMs / 1000)),
    restarts: service?.restarts ?? null,
    last_error: service?.failure ?? lastWarning(await runtime.files.readTextIfExists(home.daemonLog) ?? ""),
  };
}

/** The newest warning or error in a daemon's log; null when there is none. */
export function lastWarning(log: string): string | null {
  const line = log.split("\n").findLast((line) => /^\S+Z (WARN|ERROR|FATAL) /.test(line));
  return line === undefined ? null : line.replace(/ (WARN|ERROR|FATAL) /, ": ");
}
