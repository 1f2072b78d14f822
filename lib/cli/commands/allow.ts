import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** `xcore allow` */
export function defineAllow(command: ArgparseCommand, context: Context): void {
  command.description(
    "Let ranges of addresses reach the cluster, instead of those that could before; without any, this machine's " +
      "address as it is now, or what allowed_cidr names. Only the firewall is changed.",
  )
    .argument("[range...]", "such as 192.0.2.7/32")
    .action(async (ranges: string[]) => {
      const { allow } = await import("../../cluster/allow.ts");
      const letIn = await interruptible(
        context,
        "Run `xcore allow` again to go on.",
        (place) => allow(place, ranges, progressOn(context)),
      );
      answer(context, { allowed_cidr: letIn }, `May reach the cluster now: ${letIn.join(", ")}`);
    });
}
