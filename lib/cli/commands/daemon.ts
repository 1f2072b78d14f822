import { NotRunningError } from "../../errors.ts";
import { type ArgparseCommand, InvalidArgumentError } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore daemon {start,stop,status,log,run}` */
export function addDaemon(program: ArgparseCommand, context: Context): void {
  const daemon = program.command("daemon").summary("control the xcore daemon")
    .description("The daemon watches the scheduler and launches and ends workers.");
  addDaemonStart(daemon, context);
  addDaemonStop(daemon, context);
  addDaemonStatus(daemon, context);
  addDaemonLog(daemon, context);
  daemon.command("run").description("Run the daemon in the foreground.")
    .action(async () => {
      const { runDaemon } = await import("../../daemon/daemon.ts");
      await runDaemon({ ...placeOf(context), echo: context.printer.say });
    });
}

function addDaemonStart(daemon: ArgparseCommand, context: Context): void {
  daemon.command("start").description("Start the daemon of a cluster that runs.").action(async () => {
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
    "Stop the daemon. Tasks go on without it; idle workers end after daemon_grace_s.",
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
  daemon.command("status").description("Say whether the daemon runs, and how.").action(async () => {
    const { daemonReport } = await import("../../cluster/daemon_status.ts");
    const { daemonText } = await import("../daemon_text.ts");
    const place = placeOf(context);
    const report = await daemonReport(place);
    answer(context, report, daemonText(report, place.runtime.clock.nowMs()));
  });
}

function addDaemonLog(daemon: ArgparseCommand, context: Context): void {
  daemon.command("log").description("Show the daemon's log.")
    .option("-f, --follow", "go on with what is written")
    .option("-n, --lines <count>", "lines from the end", wholeNumber, 100)
    .action(async ({ follow, lines }: { follow?: true; lines: number }) => {
      const { daemonLog } = await import("../../cluster/daemon_log.ts");
      const stop = new AbortController();
      if (follow) context.runtime.onSignal(["SIGINT", "SIGTERM"], () => stop.abort());
      const { say } = context.printer;
      const parts = daemonLog(placeOf(context), { lines, follow: follow === true, stop: stop.signal, say });
      for await (const part of parts) if (part !== "") context.printer.out(part);
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(text);
}
