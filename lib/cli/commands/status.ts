import { status } from "../../cluster/status.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";
import { statusText } from "../status_text.ts";

/** `xcore status` */
export function addStatus(program: ArgparseCommand, context: Context): void {
  program.command("status").summary("status of crosscore cluster")
    .description("Show the cluster, its workers, what was decided and why, and what needs a person.")
    .action(async () => {
      const found = await status(placeOf(context));
      answer(context, found, statusText(found, context.printer.colour, context.runtime.clock.nowMs()));
    });
}
