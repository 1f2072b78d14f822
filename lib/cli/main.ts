/** The program: its commands, its global options, its errors. @module */

import type { Runtime } from "../runtime.ts";
import { versionOf, versionText } from "../version.ts";
import { ArgparseCommand, type Commands, HelpAsked, Option } from "./argparse_command.ts";
import { commandLine, usageErrorOf, withOthersApart } from "./command_line.ts";
import { clusterCommands } from "./commands/cluster_commands.ts";
import { configCommands, defineWorkerType } from "./commands/config_commands.ts";
import { daemonCommands } from "./commands/daemon_commands.ts";
import { historyCommands } from "./commands/history_commands.ts";
import { machineCommands } from "./commands/machine_commands.ts";
import { scriptCommands } from "./commands/script_commands.ts";
import { setupCommands } from "./commands/setup_commands.ts";
import { defineComplete, defineHelp, defineVersion, shellCommands } from "./commands/shell_commands.ts";
import { clusterNames } from "./completions/completer.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { EXIT, exitCode, ExitWith, linesOf } from "./exit_code.ts";
import { consolePrinter, namingCluster, type Printer } from "./printer.ts";

/**
 * In the order of help: the original's five first. Each loads what it needs when it runs, so that a
 * quick one is quick.
 */
const ORDER = [
  ...[
    "status",
    "start",
    "restart",
    "shutdown",
    "daemon",
    "init",
    "config",
    "run",
    "scale",
    "url",
    "dashboard",
    "allow",
    "doctor",
    "tasks",
    "events",
    "explain",
    "cost",
    "history",
    "report",
    "list",
  ],
  ...["logs", "ssh", "python", "image", "completions", "uninstall"],
];

const COMMANDS: Commands = {
  ...clusterCommands,
  ...historyCommands,
  ...daemonCommands,
  ...configCommands,
  ...setupCommands,
  ...scriptCommands,
  ...machineCommands,
  ...shellCommands,
};

/**
 * Runs one command line.
 *
 * @param words the arguments, without the program's name
 * @param printer where its answer goes
 * @returns the exit code
 */
export async function main(
  runtime: Runtime,
  words: readonly string[],
  printer: Printer = consolePrinter(runtime.env),
): Promise<number> {
  if (runtime.os === "windows") {
    printer.say("Cannot run on Windows itself: install xcore inside WSL, which `wsl --install` sets up.");
    return EXIT.prerequisite;
  }
  const { program, context } = programFor(runtime, printer);
  try {
    if (words.length === 0) throw new HelpAsked(program, true);
    await program.parseAsync(withOthersApart(program, words), { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof ExitWith) return error.code;
    if (error instanceof VersionAsked) return sayVersion(runtime, printer, words.includes("--json"));
    if (error instanceof HelpAsked) return await sayHelp(printer, error);
    const usage = await usageErrorOf(error, commandLine(program, words));
    if (usage === null) return EXIT.done;
    for (const line of linesOf(usage ?? error, context.options().debug === true)) context.printer.say(line);
    return exitCode(usage ?? error);
  }
}

/** The program with all its commands, and what they are given. */
export function programFor(
  runtime: Runtime,
  printer: Printer,
): { readonly program: ArgparseCommand; readonly context: Context } {
  const program = new ArgparseCommand("xcore");
  const options = () => program.opts<GlobalOptions>();
  const context: Context = {
    runtime,
    printer: namingCluster(printer, () => options().cluster),
    options,
  };
  program
    .description("Crosscore: Cloud clusters for distributed computing.")
    .option("-V, --version", "show program's version number and exit")
    .on("option:version", () => {
      throw new VersionAsked();
    })
    .addOption(
      new Option("-c, --cluster <name>", "name of the cluster to work on")
        .completeWith(clusterNames),
    )
    .option("--json", "print the output as JSON")
    .option("--debug", "show the stack trace")
    .configureOutput({ writeOut: printer.out, writeErr: () => {} })
    .exitOverride();
  for (const name of ORDER) {
    const { summary, define, meantBy = "" } = COMMANDS[name]!;
    program.command(name).summary(summary).whenMeantBy(meantBy === "" ? [] : meantBy.split(" "))
      .definedBy((command) => define(command, context));
  }
  program.command("help", { hidden: true }).definedBy((command) => defineHelp(command, program));
  program.command("version", { hidden: true }).definedBy((command) => defineVersion(command, program));
  program.command("__worker_type", { hidden: true }).definedBy((command) =>
    defineWorkerType(command, context)
  );
  program.command("__complete", { hidden: true })
    .definedBy((command) => defineComplete(command, context, program));
  return { program, context };
}

/**
 * Thrown as soon as the version is asked for: nothing else on the command line matters, except
 * --json.
 */
class VersionAsked extends Error {}

function sayVersion({ denoVersion }: Runtime, printer: Printer, json: boolean): number {
  const version = versionOf(denoVersion);
  if (json) printer.json(version);
  else printer.out(versionText(version));
  return EXIT.done;
}

/** A command line that stops before a subcommand gets the help that lists them. */
async function sayHelp(printer: Printer, { command, isMistake }: HelpAsked): Promise<number> {
  const { helpText } = await import("./help_text.ts");
  printer.out(helpText(command, printer.screen()?.columns ?? Infinity));
  return isMistake ? EXIT.usage : EXIT.done;
}
