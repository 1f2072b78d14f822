/** The program: its commands, its global options, its errors. @module */

import manifest from "../../deno.json" with { type: "json" };
import type { Runtime } from "../runtime.ts";
import { addAllow } from "./commands/allow.ts";
import { addComplete, addCompletions } from "./commands/completions.ts";
import { addConfig } from "./commands/config.ts";
import { addDaemon } from "./commands/daemon.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addImage } from "./commands/image.ts";
import { addInit } from "./commands/init.ts";
import { addLogs } from "./commands/logs.ts";
import { addPython } from "./commands/python.ts";
import { addRestart } from "./commands/restart.ts";
import { addShutdown } from "./commands/shutdown.ts";
import { addSsh } from "./commands/ssh.ts";
import { addStart } from "./commands/start.ts";
import { addStatus } from "./commands/status.ts";
import { addUrl } from "./commands/url.ts";
import { commandLine } from "./command_line.ts";
import { ArgparseCommand, Option, usageErrorOf } from "./commander.ts";
import type { Completer } from "./completions/completer.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { EndedWith, EXIT, exitCodeOf, linesOf } from "./exit_code.ts";
import { consolePrinter, type Printer } from "./print.ts";

/**
 * The order in which help lists them: the original's five first. Each loads what it does when it is run, so that a
 * quick command is quick.
 */
const COMMANDS = [
  addStatus,
  addStart,
  addRestart,
  addShutdown,
  addDaemon,
  addInit,
  addConfig,
  addUrl,
  addAllow,
  addDoctor,
  addLogs,
  addSsh,
  addPython,
  addImage,
  addCompletions,
  addComplete,
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
  const { program, context } = programFor(runtime, printer);
  try {
    if (words.length === 0) return incomplete(printer, program);
    await program.parseAsync([...words], { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof EndedWith) return error.code;
    const { command } = commandLine(program, words);
    const usage = usageErrorOf(error, nameOf(command));
    if (usage === null) return EXIT.done;
    if (usage === "incomplete") return incomplete(printer, command);
    for (const line of linesOf(usage ?? error, context.options().debug === true)) printer.say(line);
    return exitCodeOf(usage ?? error);
  }
}

/** The program with all its commands, and what they are given. */
export function programFor(
  runtime: Runtime,
  printer: Printer,
): { readonly program: ArgparseCommand; readonly context: Context } {
  const program = new ArgparseCommand("xcore");
  const context: Context = { runtime, printer, options: () => program.opts<GlobalOptions>() };
  program
    .description("Crosscore: Cloud clusters for distributed computing.")
    .version(manifest.version, "-V, --version", "show program's version number and exit")
    .addOption(
      new Option("-c, --cluster <name>", "the cluster to work on, when there is more than one")
        .completeWith(clusterNames),
    )
    .option("--json", "print one JSON document instead of words")
    .option("--debug", "show where an error comes from")
    .configureOutput({
      writeOut: printer.out,
      writeErr: () => {},
      getOutHelpWidth: () => printer.screen()?.columns ?? Infinity,
    })
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  return { program, context };
}

/** A command that needs a further word is answered with those that there are. */
function incomplete(printer: Printer, command: ArgparseCommand): number {
  printer.out(command.helpInformation());
  return EXIT.usage;
}

/** `xcore daemon log` */
function nameOf(command: ArgparseCommand): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

const clusterNames: Completer = async (asked, context) =>
  (await import("./completions/cluster_names.ts")).clusterNames(asked, context);
