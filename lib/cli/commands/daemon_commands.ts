/** `xcore daemon`. @module */

import type { DaemonReport } from "../../cluster/daemon_report.ts";
import { DAEMON } from "../../model/instance.ts";
import { ageText } from "../../util/duration_text.ts";
import type { ArgparseCommand } from "../argparse_command.ts";
import { answer, type Context, scopeOf } from "../context.ts";
import { addLogFlags, type LogFlags, showLog } from "../show_log.ts";

/** The command for the daemon. */
export const daemonCommands = {
  daemon: { summary: "control the xcore daemon", define: defineDaemon, meantBy: "service agent autoscaler" },
};

/** `xcore daemon {start,stop,status,log,run}` */
function defineDaemon(daemon: ArgparseCommand, context: Context): void {
  daemon.description(
    "The daemon watches the scheduler, launches workers when tasks wait and ends idle ones.",
  ).withExamples(
    ["xcore daemon status", "see whether it runs, and its last error"],
    ["xcore daemon log -f", "follow what it does"],
  ).withPage("docs/daemon.md");
  addDaemonStart(daemon, context);
  addDaemonStop(daemon, context);
  addDaemonStatus(daemon, context);
  addDaemonLog(daemon, context);
  daemon.command("run").description("Run the daemon in the foreground.")
    .withExamples(
      ["xcore daemon run", "run it under a service manager of your own"],
      ["xcore --debug daemon run", "see the stack trace of what ends it"],
    )
    .action(async () => {
      const { runDaemon } = await import("../../daemon/run_daemon.ts");
      await runDaemon({ ...await scopeOf(context), echo: context.printer.say });
    });
}

function addDaemonStart(daemon: ArgparseCommand, context: Context): void {
  daemon.command("start").description("Start the daemon of a running cluster.").withExamples(
    ["xcore daemon start", "have workers start again where there is no daemon"],
    ["xcore -c cloudy daemon start", "do so for the cluster named cloudy"],
  ).action(async () => {
    const { startDaemonAlone } = await import("../../cluster/daemon_service.ts");
    const { presence, started } = await startDaemonAlone(await scopeOf(context), context.printer.say);
    const words = started ? "Started the daemon" : "The daemon is already running";
    answer(context, { pid: presence.pid, started }, `${words} (process ${presence.pid}).`);
  });
}

function addDaemonStop(daemon: ArgparseCommand, context: Context): void {
  daemon.command("stop").description(
    "Stop the daemon. Running tasks continue; idle workers end after daemon_grace_s seconds.",
  ).withExamples(
    ["xcore daemon stop", "stop launching workers"],
    ["xcore -c cloudy daemon stop", "do so for the cluster named cloudy"],
  ).action(async () => {
    const { stopDaemon } = await import("../../cluster/daemon_service.ts");
    const stopped = await stopDaemon(await scopeOf(context));
    answer(
      context,
      { stopped },
      stopped
        ? "Stopped the daemon. Running tasks continue; idle workers end after daemon_grace_s seconds."
        : "The daemon was not running.",
    );
  });
}

function addDaemonStatus(daemon: ArgparseCommand, context: Context): void {
  daemon.command("status").description(
    "Show whether the daemon runs, its unit, restarts, last check and last error.",
  ).withExamples(
    ["xcore daemon status", "see when it checked last"],
    ["xcore daemon status --json", "read it from a program"],
  ).action(async () => {
    const { daemonReport } = await import("../../cluster/daemon_report.ts");
    const scope = await scopeOf(context);
    const report = await daemonReport(scope);
    answer(context, report, daemonText(report, scope.runtime.clock.nowMs()));
  });
}

function addDaemonLog(daemon: ArgparseCommand, context: Context): void {
  addLogFlags(daemon.command("log").description("Show the log of the daemon."))
    .withExamples(
      ["xcore daemon log -f", "follow what the daemon does"],
      ["xcore daemon log -n 50", "show its last 50 lines"],
    )
    .action((flags: LogFlags) => showLog(context, DAEMON, flags));
}

/**
 * The text of `xcore daemon status`.
 *
 * @param nowMs wall clock, for ages
 */
export function daemonText(report: DaemonReport, nowMs: number): string {
  const { running, pid, unit, since, restarts, last_tick_at, last_error } = report;
  const facts: [string, string | null][] = [
    ["unit", unit ?? (running ? "none (a plain process)" : null)],
    ["process", pid === null ? null : String(pid)],
    ["up", since === null ? null : `${ageText(since, nowMs)}, since ${since}`],
    ["restarts", restarts === null ? null : String(restarts)],
    ["last check", last_tick_at === null ? null : `${ageText(last_tick_at, nowMs)} ago`],
    ["last error", last_error],
  ];
  const known = facts.filter(([, value]) => value !== null);
  return [
    running ? "The daemon is running." : "The daemon is not running.",
    ...known.map(([name, value]) => `  ${`${name}:`.padEnd(12)}${value}`),
  ].join("\n");
}
