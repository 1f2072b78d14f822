/** `xcore daemon status`: whether the daemon runs, who looks after it, and what it last complained of. @module */

import { askStatus } from "../daemon/control.ts";
import { daemonPresence } from "../daemon/presence.ts";
import { serviceOf } from "../service/choose_manager.ts";
import { readNote } from "../service/service.ts";
import type { Scope } from "./cluster.ts";

/** What is known of the daemon. Times are ISO 8601 in UTC. */
export interface DaemonReport {
  readonly running: boolean;
  readonly pid: number | null;
  /** Of a service manager; null for a plain process. */
  readonly unit: string | null;
  readonly since: string | null;
  readonly uptime_s: number | null;
  /** Starts after a crash, since a person last started it; null where nobody counts. */
  readonly restarts: number | null;
  readonly last_tick_at: string | null;
  /** The newest warning in its log, or why its service manager has given up; with its time. */
  readonly last_error: string | null;
}

/** Looks at the daemon. */
export async function daemonReport({ runtime, home }: Scope): Promise<DaemonReport> {
  const [presence, note, known] = await Promise.all([
    daemonPresence(runtime, home),
    readNote(runtime, home),
    askStatus(home),
  ]);
  const service = note === null ? null : await serviceOf(runtime, note).state();
  const since = presence === null ? null : new Date(presence.sinceMs).toISOString();
  return {
    running: presence !== null,
    pid: presence?.pid ?? null,
    unit: presence !== null && known !== null ? known.daemon.unit : note?.unit ?? null,
    since,
    uptime_s: presence === null
      ? null
      : Math.max(0, Math.round((runtime.clock.nowMs() - presence.sinceMs) / 1000)),
    restarts: service?.restarts ?? null,
    last_tick_at: known?.daemon.last_tick_at ?? null,
    last_error: service?.failure ?? lastWarning(await runtime.files.readTextIfExists(home.daemonLog) ?? ""),
  };
}

/** The newest warning or error in a daemon's log; null when there is none. */
export function lastWarning(log: string): string | null {
  const line = log.split("\n").findLast((line) => /^\S+Z (WARN|ERROR|FATAL) /.test(line));
  return line === undefined ? null : line.replace(/ (WARN|ERROR|FATAL) /, ": ");
}
