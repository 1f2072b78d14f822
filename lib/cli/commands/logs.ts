import { type ArgparseCommand, Argument } from "../commander.ts";
import { printerNames } from "../completions/worker_names.ts";
import type { Context } from "../context.ts";
import { addLogFlags, type LogFlags, showLog } from "../show_log.ts";

/** `xcore logs` */
export function defineLogs(logs: ArgparseCommand, context: Context): void {
  logs.description(
    "Show the log of a worker, the scheduler or the daemon. For a machine on a cloud this is its console, with the boot " +
      "and the log of Dask.",
  )
    .addArgument(
      new Argument("<name>", "a worker such as worker-0, or scheduler, or daemon").completeWith(printerNames),
    );
  logs.withExamples(
    ["xcore logs worker-0 -n 20", "show the last 20 lines of a worker"],
    ["xcore logs scheduler -f", "follow the scheduler"],
  );
  addLogFlags(logs).action((name: string, flags: LogFlags) => showLog(context, name, flags));
}
