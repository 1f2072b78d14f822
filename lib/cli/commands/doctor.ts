import { checkLines, countLine, refuseFailed } from "../checks.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** `xcore doctor` */
export function defineDoctor(command: ArgparseCommand, context: Context): void {
  command.description(
    "Check everything: the prerequisites that init checks, the running cluster, and leftovers of it. Each problem comes with " +
      "the command that fixes it.",
  )
    .option("--fix", "remove leftovers of this cluster")
    .withExamples(["xcore doctor --fix", "remove leftovers, then check everything else"])
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
