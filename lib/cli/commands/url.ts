import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore url` */
export function defineUrl(command: ArgparseCommand, context: Context): void {
  command.description(
    "Print the scheduler's URL and nothing else; with --json also the certificates to reach it with.",
  )
    .action(async () => {
      const { address } = await import("../../cluster/url.ts");
      const found = await address(placeOf(context));
      answer(context, found, found.url);
    });
}
