import type { LeftOver, Uninstalled } from "../../cluster/uninstall.ts";
import { UsageError } from "../../errors.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, confirmOn, type Context } from "../context.ts";
import { progressOn } from "../progress.ts";

/** `xcore uninstall` */
export function defineUninstall(command: ArgparseCommand, context: Context): void {
  command.description(
    "Remove the files of xcore on this machine: $XCORE_HOME with the settings of all clusters, and the daemons' units. It " +
      "refuses while a cluster exists, asks first, keeps every file that xcore did not make, and says what is left for " +
      "you to remove, the program itself included.",
  )
    .option("--yes", "do not ask")
    .action(async ({ yes }: { yes?: true }) => {
      if (context.options().cluster !== undefined) {
        throw new UsageError(
          "Cannot uninstall a single cluster: uninstall removes the files of all of them",
          "To end this one alone run `xcore shutdown`; to uninstall leave out -c.",
        );
      }
      const { uninstall } = await import("../../cluster/uninstall.ts");
      const confirm = confirmOn(context, yes === true);
      const { done, ...found } = await uninstall(context.runtime, confirm, progressOn(context));
      answer(context, { uninstalled: done, ...found }, done ? textOf(found) : "Nothing was changed.");
    });
}

function textOf({ home, removed, kept, left }: Omit<Uninstalled, "done">): string {
  return [
    ...(removed.length === 0 ? [`There is nothing of xcore in ${home}.`] : []),
    ...removed.map((path) => `Removed ${path}`),
    ...kept.map((path) => `Kept ${path}, which xcore did not make`),
    ...(left.length === 0 ? [] : ["", "Left for you to remove:"]),
    ...left.flatMap(leftLines),
  ].join("\n");
}

function leftLines({ what, where, command }: LeftOver): string[] {
  return [`  ${where}: ${what}`, ...(command === null ? [] : [`    ${command}`])];
}
