import { NotRunningError } from "../../errors.ts";
import { DAEMON } from "../../model/instance.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";
import { addLogFlags, type LogFlags, showLog } from "../show_log.ts";

/** `xcore daemon {start,stop,status,log,run}` */
export function defineDaemon(daemon: ArgparseCommand, context: Context): void {
  daemon.description(
    "The daemon watches the scheduler, launches workers when tasks wait and ends idle ones.",
  );
  addDaemonStart(daemon, context);
  addDaemonStop(daemon, context);
  addDaemonStatus(daemon, context);
  addDaemonLog(daemon, context);
  daemon.command("run").description("Run the daemon in the foreground.")
    .action(async () => {
      const { runDaemon } = await import("../../daemon/run_daemon.ts");
      await runDaemon({ ...placeOf(context), echo: context.printer.say });
    });
}

function addDaemonStart(daemon: ArgparseCommand, context: Context): void {
  daemon.command("start").description("Start the daemon of a running cluster.").action(async () => {
    const { openCluster } = await import("../../cluster/cluster.ts");
    const { startDaemon } = await import("../../cluster/daemon_control.ts");
    const { prepareService } = await import("../../cluster/daemon_service.ts");
    const cluster = await openCluster(placeOf(context));
    if ((await cluster.base.describe()).state === "absent") {
      throw new NotRunningError(
        "Cannot start the daemon: no cluster is running",
        "Start both with `xcore start`.",
      );
    }
    const service = await prepareService(cluster, context.printer.say);
    const { presence, started } = await startDaemon(cluster, service);
    const words = started ? "Started the daemon" : "The daemon was running already";
    answer(context, { pid: presence.pid, started }, `${words} (process ${presence.pid}).`);
  });
}

function addDaemonStop(daemon: ArgparseCommand, context: Context): void {
  daemon.command("stop").description(
    "Stop the daemon. Running tasks continue; idle workers end after daemon_grace_s seconds.",
  ).action(async () => {
    const { stopDaemon } = await import("../../cluster/daemon_control.ts");
    const stopped = await stopDaemon(placeOf(context));
    answer(
      context,
      { stopped },
      stopped
        ? "Stopped the daemon. Tasks go on without it; idle workers end after daemon_grace_s."
        : "No daemon was running.",
    );
  });
}

function addDaemonStatus(daemon: ArgparseCommand, context: Context): void {
  daemon.command("status").description(
    "Show whether the daemon runs, its unit, restarts, last check and last error.",
  ).action(async () => {
    const { daemonReport } = await import("../../cluster/daemon_status.ts");
    const { daemonText } = await import("../daemon_text.ts");
    const place = placeOf(context);
    const report = await daemonReport(place);
    answer(context, report, daemonText(report, place.runtime.clock.nowMs()));
  });
}

function addDaemonLog(daemon: ArgparseCommand, context: Context): void {
  addLogFlags(daemon.command("log").description("Show the log of the daemon."))
    .withExamples(["xcore daemon log -f", "follow what the daemon does"])
    .action((flags: LogFlags) => showLog(context, DAEMON, flags));
}
