import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** `xcore allow` */
export function defineAllow(command: ArgparseCommand, context: Context): void {
  command.description(
    "Set which addresses may connect to a cluster on a cloud, in place of those allowed before. Without a range: the " +
      "addresses in the setting allowed_cidr, where `auto` is the current address of this machine. Only the firewall changes.",
  )
    .argument("[range...]", "range of addresses, such as 192.0.2.7/32")
    .withExamples(
      ["xcore allow", "follow a changed address of this machine"],
      ["xcore allow 192.0.2.0/24 198.51.100.7/32", "allow a network and a single address"],
    )
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
