import type { Place } from "../../cluster/cluster.ts";
import type { Status } from "../../model/mod.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";
import { screenOn } from "../screen.ts";
import { statusText } from "../status_text.ts";

const REDRAW_EVERY_MS = 1000;

/** `xcore status` */
export function addStatus(program: ArgparseCommand, context: Context): void {
  program.command("status").summary("status of crosscore cluster")
    .description("Show the cluster, its workers, what was decided and why, and what needs a person.")
    .option("-w, --watch", "redraw it every second until Ctrl-C; with --json: a document a line")
    .action(async ({ watch }: { watch?: true }) => {
      const { status } = await import("../../cluster/status.ts");
      if (watch) return await watchStatus(context, status);
      const found = await status(placeOf(context));
      answer(context, found, textOf(found, context));
    });
}

async function watchStatus(context: Context, status: (place: Place) => Promise<Status>): Promise<void> {
  const { runtime, printer } = context;
  const place = placeOf(context);
  const stop = new AbortController();
  const offSignals = runtime.onSignal(["SIGINT", "SIGTERM"], () => stop.abort());
  const screen = screenOn(printer);
  try {
    while (!stop.signal.aborted) {
      const found = await status(place);
      if (context.options().json) printer.out(JSON.stringify(found));
      else screen.draw(textOf(found, context));
      await runtime.clock.sleep(REDRAW_EVERY_MS, stop.signal);
    }
  } finally {
    screen.close();
    offSignals();
  }
}

function textOf(found: Status, { printer, runtime }: Context): string {
  return statusText(found, printer.colour, runtime.clock.nowMs());
}
