import type { ArgparseCommand } from "../commander.ts";
import { interruptible } from "../interruptible.ts";
import { answer, confirmOn, type Context } from "../context.ts";
import { progressOn } from "../progress.ts";
import { sayStarted } from "./start.ts";

const GO_ON = "Run `xcore restart` again to go on, or `xcore shutdown` to remove it.";

/** `xcore restart` */
export function defineRestart(command: ArgparseCommand, context: Context): void {
  command.description(
    "Start the cluster again after a shutdown. If it is running, replace the scheduler and end the workers; this asks " +
      "first when tasks or results would be lost.",
  )
    .option("--yes", "do not ask")
    .action(async ({ yes }: { yes?: true }) => {
      const { restart } = await import("../../cluster/restart.ts");
      const started = await interruptible(
        context,
        GO_ON,
        (place) => restart(place, confirmOn(context, yes === true), progressOn(context)),
      );
      if (started === null) answer(context, { url: null, changed: false }, "Nothing was changed.");
      else answer(context, { url: started.url, changed: started.changed }, sayStarted(started));
    });
}
