import { checkLines, countLine, refuseFailed } from "../checks.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** `xcore doctor` */
export function defineDoctor(command: ArgparseCommand, context: Context): void {
  command.description(
    "Check everything: what init checks, the cluster that runs, and what it may have left behind.",
  )
    .option("--fix", "remove what belongs to the cluster and nobody looks after any more")
    .action(async ({ fix }: { fix?: true }) => {
      const { doctor } = await import("../../cluster/doctor.ts");
      const checks = await interruptible(
        context,
        "Run `xcore doctor` again.",
        (place) => doctor(place, { fix: fix === true }, progressOn(context)),
      );
      const lines = [...checkLines(checks, context.printer.colour), countLine(checks)];
      answer(context, { checks }, lines.join("\n"));
      refuseFailed(checks, "call this healthy", "Run `xcore doctor` again.");
    });
}
