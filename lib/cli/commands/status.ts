import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";
import { ENDLESS, statusText } from "../status_text.ts";

/** `xcore status` */
export function defineStatus(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show the cluster, its workers, the latest decisions with their reasons, and problems that need your attention.",
  )
    .option("-w, --watch", "update every second until Ctrl-C; with --json: one JSON document per line")
    .withExamples(
      ["xcore status --watch", "watch workers come and go"],
      ["xcore status --json", "read the status from a program"],
    )
    .action(async ({ watch }: { watch?: true }) => {
      const { status } = await import("../../cluster/status.ts");
      const place = placeOf(context);
      if (watch) return await (await import("../watch.ts")).watch(context, () => status(place));
      const { runtime, printer } = context;
      const found = await status(place);
      const columns = printer.screen()?.columns ?? ENDLESS.columns;
      const text = statusText(found, printer.colour, runtime.clock.nowMs(), { ...ENDLESS, columns });
      answer(context, found, text);
    });
}
