import { type ArgparseCommand, Argument } from "../commander.ts";
import { printerNames } from "../completions/worker_names.ts";
import type { Context } from "../context.ts";
import { addLogFlags, type LogFlags, showLog } from "../show_log.ts";

/** `xcore logs` */
export function defineLogs(logs: ArgparseCommand, context: Context): void {
  logs.description(
    "Show what a worker, the scheduler or the daemon has printed: on this machine its log, in a cloud the console of " +
      "its machine.",
  )
    .addArgument(
      new Argument("<name>", "worker-0 or another worker, scheduler, or daemon").completeWith(printerNames),
    );
  addLogFlags(logs as ArgparseCommand).action((name: string, flags: LogFlags) =>
    showLog(context, name, flags)
  );
}
