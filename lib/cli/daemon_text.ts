/** A daemon's report as a person reads it. Pure. @module */

import type { DaemonReport } from "../cluster/daemon_status.ts";
import { spellAge } from "../util/duration_text.ts";

/** @param nowMs wall clock, for ages */
export function daemonText(report: DaemonReport, nowMs: number): string {
  const { running, pid, unit, since, restarts, last_tick_at, last_error } = report;
  const facts: [string, string | null][] = [
    ["unit", unit ?? (running ? "none, a plain process" : null)],
    ["process", pid === null ? null : String(pid)],
    ["up", since === null ? null : `${spellAge(since, nowMs)}, since ${since}`],
    ["restarts", restarts === null ? null : String(restarts)],
    ["last look", last_tick_at === null ? null : `${spellAge(last_tick_at, nowMs)} ago`],
    ["last error", last_error],
  ];
  const known = facts.filter(([, value]) => value !== null);
  return [
    running ? "daemon running" : "daemon not running",
    ...known.map(([name, value]) => `  ${`${name}:`.padEnd(12)}${value}`),
  ].join("\n");
}
