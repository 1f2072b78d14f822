import type { Started } from "../../cluster/start.ts";
import type { ArgparseCommand } from "../commander.ts";
import { interruptible } from "../interruptible.ts";
import { answer, type Context, placeOf } from "../context.ts";

const GO_ON = "Run `xcore start` again to go on, or `xcore shutdown` to remove it.";

/** `xcore start` */
export function addStart(program: ArgparseCommand, context: Context): void {
  program.command("start").summary("create cloud resources")
    .description("Start the cluster: its scheduler and its daemon. What runs already is left as it is.")
    .action(async () => {
      const { start } = await import("../../cluster/start.ts");
      const started = await interruptible(
        context,
        GO_ON,
        () => start(placeOf(context), context.printer.say),
      );
      answer(context, { url: started.url, changed: started.changed }, sayStarted(started));
    });
}

/** What a start came to, for people. */
export function sayStarted({ url, changed }: Started): string {
  return changed
    ? `The cluster is running: ${url}\nSubmit jobs from Python, and watch with \`xcore status\`. End it with \`xcore shutdown\`.`
    : `The cluster was running already: ${url}. Nothing was changed.`;
}
