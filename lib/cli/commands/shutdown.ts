import type { ArgparseCommand } from "../commander.ts";
import { interruptible } from "../interruptible.ts";
import { answer, confirmOn, type Context } from "../context.ts";
import { progressOn } from "../progress.ts";

const GO_ON = "Run `xcore shutdown` again: it goes on where it was.";

/** `xcore shutdown` */
export function defineShutdown(command: ArgparseCommand, context: Context): void {
  command.description(
    "End the daemon, all workers and the scheduler. Asks first when tasks or results would be lost.",
  )
    .option("--yes", "do not ask")
    .action(async ({ yes }: { yes?: true }) => {
      const { shutdown } = await import("../../cluster/shutdown.ts");
      const done = await interruptible(
        context,
        GO_ON,
        (place) => shutdown(place, confirmOn(context, yes === true), progressOn(context)),
      );
      answer(context, { shut_down: done }, done ? "Nothing is left." : "Nothing was changed.");
    });
}
