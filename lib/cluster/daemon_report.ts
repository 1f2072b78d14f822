/** `xcore daemon status`: whether the daemon runs, who looks after it, and what it last complained of. @module */

import { askStatus } from "../daemon/control.ts";
import { daemonPresence, daemonStatus } from "../daemon/presence.ts";
import type { DaemonStatus } from "../model/mod.ts";
import { serviceOf } from "../service/choose_manager.ts";
import { readNote } from "../service/service.ts";
import type { Scope } from "./cluster.ts";

/** What is known of the daemon. Times are ISO 8601 in UTC. */
export interface DaemonReport extends DaemonStatus {
  readonly uptime_s: number | null;
  /** Starts after a crash, since a person last started it; null where nobody counts. */
  readonly restarts: number | null;
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
  const unit = presence !== null && known !== null ? known.daemon.unit : note?.unit ?? null;
  return {
    ...daemonStatus(presence, unit, known?.daemon.last_tick_at ?? null),
    uptime_s: presence === null
      ? null
      : Math.max(0, Math.round((runtime.clock.nowMs() - presence.sinceMs) / 1000)),
    restarts: service?.restarts ?? null,
    last_error: service?.failure ?? lastWarning(await runtime.files.readTextIfExists(home.daemonLog) ?? ""),
  };
}

/** The newest warning or error in a daemon's log; null when there is none. */
export function lastWarning(log: string): string | null {
  const line = log.split("\n").findLast((line) => /^\S+Z (WARN|ERROR|FATAL) /.test(line));
  return line === undefined ? null : line.replace(/ (WARN|ERROR|FATAL) /, ": ");
}
