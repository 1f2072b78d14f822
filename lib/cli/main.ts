/** The program: its commands, its global options, its errors. @module */

import type { Runtime } from "../runtime.ts";
import { versionOf, versionText } from "../version.ts";
import {
  defineAllow,
  defineRestart,
  defineShutdown,
  defineStart,
  defineStatus,
  defineUrl,
} from "./commands/cluster_commands.ts";
import { defineComplete, defineCompletions, defineHelp, defineVersion } from "./commands/shell_commands.ts";
import { defineConfig } from "./commands/config_commands.ts";
import { defineDaemon } from "./commands/daemon_commands.ts";
import { defineDoctor, defineInit, definePython, defineUninstall } from "./commands/setup_commands.ts";
import { defineImage, defineLogs, defineSsh } from "./commands/machine_commands.ts";
import { commandLine } from "./command_line.ts";
import { ArgparseCommand, Option, usageErrorOf } from "./argparse_command.ts";
import type { Completer } from "./completions/completer.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { EXIT, exitCode, ExitWith, linesOf } from "./exit_code.ts";
import { consolePrinter, namingCluster, type Printer } from "./printer.ts";

/**
 * The commands, what help says of each, and what each consists of, in help's order: the original's five first. Each loads
 * what it does when it is run, so that a quick command is quick.
 */
const COMMANDS: readonly (readonly [
  name: string,
  summary: string,
  define: (command: ArgparseCommand, context: Context) => void,
])[] = [
  ["status", "status of crosscore cluster", defineStatus],
  ["start", "create cloud resources", defineStart],
  ["restart", "recreate cloud resources", defineRestart],
  ["shutdown", "terminate and delete all resources", defineShutdown],
  ["daemon", "control the xcore daemon", defineDaemon],
  ["init", "check prerequisites and write the configuration", defineInit],
  ["config", "read and change settings", defineConfig],
  ["url", "print the scheduler's URL", defineUrl],
  ["allow", "set which addresses may connect", defineAllow],
  ["doctor", "find problems and say how to fix them", defineDoctor],
  ["logs", "show the log of a worker, the scheduler or the daemon", defineLogs],
  ["ssh", "log in to the machine of a worker or the scheduler", defineSsh],
  ["python", "write the Python package and print its path", definePython],
  ["image", "build machine images that boot faster", defineImage],
  ["completions", "print a shell completion script", defineCompletions],
  ["uninstall", "remove the files of xcore from this machine", defineUninstall],
];

/**
 * Runs one command line.
 *
 * @param words the arguments, without the program's name
 * @param printer where it is answered
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
    if (words.length === 0) return incomplete(printer, program);
    await program.parseAsync([...words], { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof ExitWith) return error.code;
    if (error instanceof VersionAsked) return sayVersion(runtime, printer, words.includes("--json"));
    const { command } = commandLine(program, words);
    const usage = usageErrorOf(error, command);
    if (usage === null) return EXIT.done;
    if (usage === "incomplete") return incomplete(printer, command);
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
    .configureOutput({
      writeOut: printer.out,
      writeErr: () => {},
      getOutHelpWidth: () => printer.screen()?.columns ?? Infinity,
    })
    .exitOverride();
  for (const [name, summary, define] of COMMANDS) {
    program.command(name).summary(summary).definedBy((command) => define(command, context));
  }
  program.command("help", { hidden: true }).definedBy((command) => defineHelp(command, context, program));
  program.command("version", { hidden: true }).definedBy((command) => defineVersion(command, program));
  program.command("__complete", { hidden: true })
    .definedBy((command) => defineComplete(command, context, program));
  return { program, context };
}

/** Thrown as soon as the version is asked for: what else is on the command line does not matter, but for --json. */
class VersionAsked extends Error {}

function sayVersion({ denoVersion }: Runtime, printer: Printer, json: boolean): number {
  const version = versionOf(denoVersion);
  if (json) printer.json(version);
  else printer.out(versionText(version));
  return EXIT.done;
}

/** A command that needs a further word is answered with those that there are. */
function incomplete(printer: Printer, command: ArgparseCommand): number {
  printer.out(command.helpInformation());
  return EXIT.usage;
}

const clusterNames: Completer = async (asked, context) =>
  (await import("./completions/completer.ts")).clusterNames(asked, context);
