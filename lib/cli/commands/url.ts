import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore url` */
export function defineUrl(command: ArgparseCommand, context: Context): void {
  command.description(
    "Print the URL of the scheduler and nothing else. With --json also print the dashboard URL and the certificate files.",
  )
    .action(async () => {
      const { address } = await import("../../cluster/url.ts");
      const found = await address(placeOf(context));
      answer(context, found, found.url);
    });
}
