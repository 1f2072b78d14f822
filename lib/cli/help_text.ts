/** A command's help as Python's argparse would print it. Pure. @module */

import type { ArgparseCommand, Argument, Option } from "./argparse_command.ts";
import { hanging, wrap } from "../util/text_width.ts";

/** Column at which argparse starts its explanations. */
const EXPLANATION_COLUMN = 24;

/** Columns used where there are more. */
const MAX_WIDTH = 100;

/** Columns used where there are fewer. */
const MIN_WIDTH = 40;

/** A name or flags, and what they are. */
export type Row = readonly [left: string, explanation: string];

/** What help says of a command, before it is laid out. */
export interface HelpParts {
  /** `xcore daemon log [-h] [-f] [-n COUNT]` */
  readonly usage: string;
  readonly commands: readonly Row[];
  readonly args: readonly Row[];
  /** Without those that it has from the commands that it is part of. */
  readonly ownOptions: readonly Row[];
  readonly options: readonly Row[];
}

/** What help says of a command, with the arguments that it was given. */
export function helpParts(command: ArgparseCommand): HelpParts {
  const commands = command.shownCommands();
  const given = command.args.filter((word) => !word.startsWith("-")); // -h is among them
  const rowOf = (option: Option): Row => [flagsOf(option), option.explanation];
  const own = command.ownOptions(given);
  return {
    usage: usageOf(command, commands, own),
    commands: commands.map((sub) => [sub.name(), sub.summary() || sub.description()]),
    args: command.registeredArguments.map((argument) => [nameOf(argument), argument.description]),
    ownOptions: own.map(rowOf),
    options: command.shownOptions(given).map(rowOf),
  };
}

/**
 * The help of a command.
 *
 * @param columns of the terminal
 */
export function helpText(command: ArgparseCommand, columns: number): string {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columns));
  const { usage, commands, args, options } = helpParts(command);
  const rows = (indent: string, parts: readonly Row[]) =>
    parts.flatMap(([left, explanation]) => explained(indent + left, explanation, width));
  const positional = commands.length > 0
    ? [`  ${choicesOf(command.shownCommands())}`, ...rows("    ", commands)]
    : rows("  ", args);
  return [
    ...hanging("usage: ", usage, width),
    "",
    ...command.description().split("\n").flatMap((line) => wrap(line, width)),
    ...(positional.length > 0 ? ["", "positional arguments:", ...positional] : []),
    "",
    "options:",
    ...rows("  ", options),
    ...(command.examples.length > 0 ? ["", "examples:"] : []),
    ...rows("  ", command.examples),
    ...(command.page === null ? [] : ["", `more: ${command.page}`]),
    "",
  ].join("\n");
}

function usageOf(
  command: ArgparseCommand,
  commands: readonly ArgparseCommand[],
  own: readonly Option[],
): string {
  const options = own.map((option) =>
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
