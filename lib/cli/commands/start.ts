import type { Started } from "../../cluster/start.ts";
import type { ArgparseCommand } from "../commander.ts";
import { interruptible } from "../interruptible.ts";
import { answer, type Context } from "../context.ts";
import { progressOn } from "../progress.ts";

const GO_ON = "Run `xcore start` again to go on, or `xcore shutdown` to remove it.";

/** `xcore start` */
export function defineStart(command: ArgparseCommand, context: Context): void {
  command.description(
    "Start the cluster: its scheduler and its daemon. Parts that already run are left alone.",
  )
    .option("--plan", "only show what would be created and what it would cost")
    .withExamples(["xcore start --plan", "see the cost before anything is created"])
    .action(async ({ plan }: { plan?: true }) => {
      const { planStart, start } = await import("../../cluster/start.ts");
      if (plan) {
        const lines = await interruptible(
          context,
          "Nothing was changed.",
          (place) => planStart(place, progressOn(context)),
        );
        return answer(
          context,
          { plan: lines },
          lines.join("\n") || "There is nothing to make: the cluster is up.",
        );
      }
      const started = await interruptible(
        context,
        GO_ON,
        (place) => start(place, progressOn(context)),
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
