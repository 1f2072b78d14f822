/** The program: its commands, its global options, its errors. @module */

import manifest from "../../deno.json" with { type: "json" };
import type { Runtime } from "../runtime.ts";
import { addConfig } from "./commands/config.ts";
import { addDaemon } from "./commands/daemon.ts";
import { addInit } from "./commands/init.ts";
import { addPython } from "./commands/python.ts";
import { addRestart } from "./commands/restart.ts";
import { addShutdown } from "./commands/shutdown.ts";
import { addStart } from "./commands/start.ts";
import { addStatus } from "./commands/status.ts";
import { addUrl } from "./commands/url.ts";
import { ArgparseCommand, usageErrorOf } from "./commander.ts";
import type { Context, GlobalOptions } from "./context.ts";
import { EXIT, exitCodeOf, linesOf } from "./exit_code.ts";
import { consolePrinter } from "./print.ts";

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
  addPython,
];

/**
 * Runs one command line.
 *
 * @param words the arguments, without the program's name
 * @returns the exit code
 */
export async function main(runtime: Runtime, words: readonly string[]): Promise<number> {
  const printer = consolePrinter(runtime.env("NO_COLOR") !== undefined);
  const program = new ArgparseCommand("xcore");
  const context: Context = { runtime, printer, options: () => program.opts<GlobalOptions>() };
  program
    .description("Crosscore: Cloud clusters for distributed computing.")
    .helpOption("-h, --help", "show this help message and exit")
    .version(manifest.version, "-V, --version", "show program's version number and exit")
    .option("-c, --cluster <name>", "the cluster to work on, when there is more than one")
    .option("--json", "print one JSON document instead of words")
    .option("--debug", "show where an error comes from")
    .helpCommand(false)
    .configureOutput({ writeOut: printer.out, writeErr: () => {} })
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  try {
    if (words.length === 0) {
      printer.out(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync([...words], { from: "user" });
    return EXIT.done;
  } catch (error) {
    const usage = usageErrorOf(error, commandIn(program, words));
    if (usage === null) return EXIT.done;
    for (const line of linesOf(usage ?? error, context.options().debug === true)) printer.say(line);
    return exitCodeOf(usage ?? error);
  }
}

/** The command that the words go furthest into: `xcore daemon` for `xcore daemon strat`. */
function commandIn(program: ArgparseCommand, words: readonly string[]): string {
  const sub = program.commands.find((command) =>
    command.name() === words.find((word) => !word.startsWith("-"))
  );
  return sub === undefined ? "xcore" : `xcore ${sub.name()}`;
}
