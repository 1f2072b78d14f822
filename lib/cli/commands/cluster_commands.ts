import type { Started } from "../../cluster/start.ts";
import type { ArgparseCommand } from "../argparse_command.ts";
import { answer, confirmOn, type Context, interruptible, scopeOf } from "../context.ts";
import { progressOn } from "../progress_on.ts";
import { ENDLESS, statusText } from "../status_text.ts";

/** `xcore status` */
export function defineStatus(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show the cluster, its workers, the latest decisions with their reasons, and problems that need your attention.",
  )
    .option("-w, --watch", "update every second until Ctrl-C; with --json: one JSON document per line")
    .withExamples(
      ["xcore status --watch", "watch workers come and go"],
      ["xcore status --json", "read the status from a program"],
    )
    .action(async ({ watch }: { watch?: true }) => {
      const { status } = await import("../../cluster/status.ts");
      const scope = scopeOf(context);
      if (watch) return await (await import("../watch.ts")).watch(context, () => status(scope));
      const { runtime, printer } = context;
      const found = await status(scope);
      const columns = printer.screen()?.columns ?? ENDLESS.columns;
      const text = statusText(found, printer.colour, runtime.clock.nowMs(), { ...ENDLESS, columns });
      answer(context, found, text);
    });
}

const START_AGAIN = "Run `xcore start` again to go on, or `xcore shutdown` to remove it.";

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
          (scope) => planStart(scope, progressOn(context)),
        );
        return answer(
          context,
          { plan: lines },
          lines.join("\n") || "There is nothing to make: the cluster is up.",
        );
      }
      const started = await interruptible(
        context,
        START_AGAIN,
        (scope) => start(scope, progressOn(context)),
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

const RESTART_AGAIN = "Run `xcore restart` again to go on, or `xcore shutdown` to remove it.";

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
        RESTART_AGAIN,
        (scope) => restart(scope, confirmOn(context, yes === true), progressOn(context)),
      );
      if (started === null) answer(context, { url: null, changed: false }, "Nothing was changed.");
      else answer(context, { url: started.url, changed: started.changed }, sayStarted(started));
    });
}

const SHUT_DOWN_AGAIN = "Run `xcore shutdown` again: it goes on where it was.";

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
        SHUT_DOWN_AGAIN,
        (scope) => shutdown(scope, confirmOn(context, yes === true), progressOn(context)),
      );
      answer(context, { shut_down: done }, done ? "Nothing is left." : "Nothing was changed.");
    });
}

/** `xcore url` */
export function defineUrl(command: ArgparseCommand, context: Context): void {
  command.description(
    "Print the URL of the scheduler and nothing else. With --json also print the dashboard URL and the certificate files.",
  )
    .action(async () => {
      const { address } = await import("../../cluster/address.ts");
      const found = await address(scopeOf(context));
      answer(context, found, found.url);
    });
}

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
        (scope) => allow(scope, ranges, progressOn(context)),
      );
      answer(context, { allowed_cidr: letIn }, `May reach the cluster now: ${letIn.join(", ")}`);
    });
}
