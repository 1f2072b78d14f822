/** `xcore run`: a script, from a cluster's start to its end. @module */

import type { Scope } from "../../cluster/cluster.ts";
import type { ScriptEnd } from "../../cluster/run_script.ts";
import { UsageError } from "../../errors.ts";
import { count } from "../../util/duration_text.ts";
import { type ArgparseCommand, Argument, Option } from "../argparse_command.ts";
import { files } from "../completions/completer.ts";
import { confirmCosts, type Context, interruptible, progressOn, scopeOf } from "../context.ts";
import { EXIT, ExitWith } from "../exit_code.ts";
import { NOTHING_ELSE_LEFT, NOTHING_LEFT, remarks } from "./cluster_commands.ts";

/** The command for scripts. */
export const scriptCommands = {
  run: { summary: "run a Python script on the cluster", define: defineRun },
};

interface RunFlags {
  readonly shutdown?: true;
  readonly workers?: string;
  readonly yes?: true;
}

/** `xcore run` */
function defineRun(run: ArgparseCommand, context: Context): void {
  run.description(
    "Run a Python script with the cluster's Python, and end with its exit code. The cluster is started if it is not running. " +
      "In the script a plain `Client()` connects to it, `crosscore` can be imported, and the modules beside the script are " +
      "sent to the workers. Ctrl-C goes to the script, a second one kills it; the cluster goes on.",
  )
    .addArgument(new Argument("<script>", "path of the script").completeWith(files))
    .argument("[args...]", "the script's own arguments, options too")
    .passingOn()
    .withPage("docs/how-to/own_modules.md")
    .option(
      "--shutdown",
      "shut the cluster down after it, if this command started it and no other client uses it",
    )
    .addOption(new Option("--workers <n>", "ask for this many workers while it runs"))
    .option("--yes", "do not ask what the first start of a configuration asks")
    .withExamples(
      ["xcore run job.py", "run a script, with workers as its tasks need them"],
      ["xcore run --shutdown --workers 4 job.py --steps 100", "start, run, and leave nothing"],
    )
    .action(async (script: string, args: readonly string[], { shutdown, workers, yes }: RunFlags) => {
      if (context.options().json) {
        throw new UsageError(
          "Cannot run a script with --json: the output is the script's",
          "Leave out --json, or put it after the script to give it to the script.",
        );
      }
      const { notWorkers } = await import("../../cluster/scale.ts");
      if (workers !== undefined && !/^\d+$/.test(workers)) throw notWorkers(workers);
      const { checkScript, runScript } = await import("../../cluster/run_script.ts");
      const { start } = await import("../../cluster/start.ts");
      const progress = progressOn(context);
      const scope = await scopeOf(context);
      const path = await checkScript(scope, script);
      const started = await interruptible(
        context,
        "The script did not run. Run the same command again to continue, or `xcore shutdown` to remove the cluster.",
        (scope) => start(scope, progress, confirmCosts(context, yes === true)),
      );
      if (started === null) {
        context.printer.say("The script did not run: nothing was started.");
        throw new ExitWith(EXIT.failed);
      }
      let ended: ScriptEnd = { code: EXIT.failed, interrupted: false };
      let isDown = false;
      try {
        ended = await runScript(scope, [path, ...args], {
          ...workers !== undefined && { workers: Number(workers) },
          asked: (scaled) => remarks(scaled).forEach(context.printer.say),
          ...context.printer.redraws && { tasks: progress },
        });
      } finally {
        isDown = shutdown === true && await takeDown(context, started.made);
      }
      if (ended.interrupted && !isDown) context.printer.say(await interruptedText(scope));
      if (ended.code !== EXIT.done) throw new ExitWith(ended.code);
    });
}

/** @returns whether the cluster was shut down; why it was not is told */
async function takeDown(context: Context, made: boolean): Promise<boolean> {
  const { say } = context.printer;
  if (!made) {
    say("The cluster stays: it was running before the script.");
    return false;
  }
  const { shutdownAfter } = await import("../../cluster/run_script.ts");
  let left = NOTHING_LEFT;
  const done = await interruptible(
    context,
    "Run `xcore shutdown` to continue.",
    (scope) => shutdownAfter(scope, progressOn(context), { imagesStay: () => left = NOTHING_ELSE_LEFT }),
  );
  if (done) say(left);
  return done;
}

/** What Ctrl-C leaves: a cluster that may cost. */
async function interruptedText(scope: Scope): Promise<string> {
  const { status } = await import("../../cluster/status.ts");
  const now = await status(scope).catch(() => null);
  if (now?.cluster.state === "down") return "Interrupted. The cluster is down.";
  const workers = now === null ? "" : ` (${count(now.workers.length, "worker")})`;
  return `Interrupted. The cluster goes on${workers}: \`xcore status\` shows it, \`xcore shutdown\` removes it.`;
}
