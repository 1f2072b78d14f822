/** A command's help as Python's argparse would print it. Pure. @module */

import type { ArgparseCommand, Argument, Option } from "./commander.ts";
import { wrap } from "./text.ts";

/** Column at which argparse starts its explanations. */
const EXPLANATION_COLUMN = 24;

/** Columns used where there are more. */
const MAX_WIDTH = 100;

/** Columns used where there are fewer. */
const MIN_WIDTH = 40;

/**
 * The help of a command.
 *
 * @param columns of the terminal
 */
export function helpText(command: ArgparseCommand, columns: number): string {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns));
  const row = (left: string, explanation: string) => explained(left, explanation, width);
  const commands = command.shownCommands();
  const args = command.args.filter((word) => !word.startsWith("-")); // -h is among them
  const positional = commands.length > 0
    ? [
      `  ${choicesOf(commands)}`,
      ...commands.flatMap((sub) => row(`    ${sub.name()}`, sub.summary() || sub.description())),
    ]
    : command.registeredArguments.flatMap((argument) => row(`  ${nameOf(argument)}`, argument.description));
  return [
    ...wrap(`usage: ${usageOf(command, commands, args)}`, width, " ".repeat(7)),
    "",
    ...command.description().split("\n").flatMap((line) => wrap(line, width)),
    ...(positional.length > 0 ? ["", "positional arguments:", ...positional] : []),
    "",
    "options:",
    ...command.shownOptions(args).flatMap((option) => row(`  ${flagsOf(option)}`, option.explanation)),
    ...(command.examples.length > 0 ? ["", "examples:"] : []),
    ...command.examples.flatMap(([line, about]) => row(`  ${line}`, about)),
    "",
  ].join("\n");
}

function usageOf(
  command: ArgparseCommand,
  commands: readonly ArgparseCommand[],
  args: readonly string[],
): string {
  const options = command.ownOptions(args).map((option) =>
    `[${option.short ?? option.long}${option.takesValue ? ` ${valueOf(option)}` : ""}]`
  );
  const rest = commands.length > 0 ? [choicesOf(commands), "..."] : command.registeredArguments.map(inUsage);
  return [command.path, "[-h]", ...options, ...rest].join(" ");
}

function inUsage(argument: Argument): string {
  const name = argument.variadic ? `${nameOf(argument)} ...` : nameOf(argument);
  return argument.required ? name : `[${name}]`;
}

function nameOf(argument: Argument): string {
  return argument.argChoices ? `{${argument.argChoices.join(",")}}` : argument.name().toUpperCase();
}

function flagsOf(option: Option): string {
  return option.flags.replace(/<\w+>/, valueOf(option));
}

function valueOf(option: Option): string {
  return (/<(\w+)>/.exec(option.flags)?.[1] ?? "").toUpperCase();
}

function choicesOf(commands: readonly ArgparseCommand[]): string {
  return `{${commands.map((sub) => sub.name()).join(",")}}`;
}

function explained(left: string, explanation: string, width: number): string[] {
  if (explanation === "") return [left];
  const gap = " ".repeat(EXPLANATION_COLUMN);
  const [first = "", ...more] = wrap(explanation, width - EXPLANATION_COLUMN);
  const head = left.length < EXPLANATION_COLUMN - 1
    ? [left.padEnd(EXPLANATION_COLUMN) + first]
    : [left, gap + first];
  return [...head, ...more.map((line) => gap + line)];
}
