/**
 * A command line as far as it is typed: which command it is, what comes next, and what is wrong
 * with it.
 * @module
 */

import { UsageError } from "../errors.ts";
import { type ArgparseCommand, CommanderError, type Option } from "./argparse_command.ts";

/** A command line as far as it is typed. */
export interface CommandLine {
  /** The command that the words go furthest into: `xcore daemon` for `xcore daemon strat`. */
  readonly command: ArgparseCommand;
  /** The command's arguments; for a command that has subcommands, what is none of them. */
  readonly args: readonly string[];
  /** The options given, by their names in the program; true for one that takes no value. */
  readonly options: Readonly<Record<string, string | true>>;
  /** The option whose value comes next, or null. */
  readonly awaiting: Option | null;
  /** `--` was typed: no option follows. */
  readonly onlyArguments: boolean;
}

/**
 * The command line that these words are, as commander would take them; the program's own name is
 * not among them.
 */
export function commandLine(program: ArgparseCommand, words: readonly string[]): CommandLine {
  let command = program;
  let awaiting: Option | null = null;
  let onlyArguments = false;
  const args: string[] = [];
  const options: Record<string, string | true> = {};
  for (const word of words) {
    if (awaiting !== null) {
      options[awaiting.attributeName()] = word;
      awaiting = null;
    } else if (command.passesOn && args.length > 0) args.push(word);
    else if (word === "--" && !onlyArguments) onlyArguments = true;
    else if (!onlyArguments && word.startsWith("-") && word.length > 1) {
      awaiting = readOptions(command, word, options);
    } else {
      const sub = args.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (sub === undefined) args.push(word);
      else command = sub.defined();
    }
  }
  return { command, args, options, awaiting, onlyArguments };
}

/**
 * The words as commander takes them: with `--` before the first argument of a command that passes on all
 * that stands behind it. Elsewhere options of the program's own may stand anywhere.
 */
export function withOthersApart(program: ArgparseCommand, words: readonly string[]): string[] {
  const { command, args, onlyArguments } = commandLine(program, words);
  if (!command.passesOn || args.length === 0 || onlyArguments) return [...words];
  const first = words.length - args.length;
  return [...words.slice(0, first), "--", ...words.slice(first)];
}

/**
 * Reads `--json`, `--cluster=demo`, `-c`, `-cdemo` or `-fn`; returns the option whose value is
 * still to come, or null.
 */
function readOptions(
  command: ArgparseCommand,
  word: string,
  options: Record<string, string | true>,
): Option | null {
  if (word.startsWith("--")) {
    const [flag = "", ...value] = word.split("=");
    const option = optionNamed(command, flag);
    if (option === undefined) return null;
    if (option.takesValue && value.length === 0) return option;
    options[option.attributeName()] = option.takesValue ? value.join("=") : true;
    return null;
  }
  const option = optionNamed(command, word.slice(0, 2));
  if (option === undefined) return null;
  const rest = word.slice(2);
  if (option.takesValue && rest === "") return option;
  options[option.attributeName()] = option.takesValue ? rest : true;
  return option.takesValue || rest === "" ? null : readOptions(command, `-${rest}`, options);
}

/** The option of this flag, of the command or one that it is part of. */
export function optionNamed(command: ArgparseCommand, flag: string): Option | undefined {
  return command.shownOptions().find(({ short, long }) => short === flag || long === flag);
}

/**
 * What commander says of a command line that names a wrong command, option or choice, or stops too
 * early.
 */
const UNKNOWN_COMMAND = /^unknown command '(.*)'$/s;
const UNKNOWN_OPTION = /^unknown option '(--[^=]*).*'$/s;
const WRONG_CHOICE = /value '(.*)' .* '(.*)'\. Allowed choices are (.*)$/s;
const MISSING = /^missing required argument/;
const ONE_TOO_MANY = /^too many arguments .* got 1: ([a-z][a-z0-9-]*)$/;

/**
 * What commander threw, as an error of ours whose hint says what may have been meant.
 *
 * @returns undefined: it is not commander's; null: it is no mistake, and all is printed
 */
export async function usageErrorOf(
  error: unknown,
  { command, args }: CommandLine,
): Promise<UsageError | null | undefined> {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0) return null;
  const found = error.message.replace(/^error: /, "").replace(/\.$/, "");
  const [, unknown] = UNKNOWN_COMMAND.exec(found) ?? [];
  if (unknown !== undefined) return await unknownCommand(command, unknown);
  const [, flag] = UNKNOWN_OPTION.exec(found) ?? [];
  if (flag !== undefined) {
    const flags = command.shownOptions().flatMap(({ long }) => long ?? []);
    return await usageError(command, found, flag, flags);
  }
  const [, typed, name, choices] = WRONG_CHOICE.exec(found) ?? [];
  if (typed !== undefined) {
    return await usageError(
      command,
      `'${typed}' is not a ${name}; use one of ${choices}`,
      typed,
      choices!.split(", "),
    );
  }
  const [, extra] = ONE_TOO_MANY.exec(found) ?? [];
  if (extra !== undefined) {
    return mistake(command, found, [`\`${command.path.replace("xcore", `xcore -c ${extra}`)}\``]);
  }
  if (!MISSING.test(found)) return mistake(command, found, []);
  const meant = command.correction(args);
  if (meant !== null) return mistake(command, found, [`\`${meant}\``]);
  const [[example] = []] = command.examples;
  return misread(command, found, example === undefined ? "" : `Type it such as \`${example}\`. `);
}

/**
 * The error for a word that is none of a command's subcommands; its hint names those that people
 * mean by it, or else those that begin with it or are near.
 */
export async function unknownCommand(command: ArgparseCommand, typed: string): Promise<UsageError> {
  const meant = command.shownCommands().filter((sub) => sub.meantBy.includes(typed.toLowerCase())).map((
    sub,
  ) => sub.name());
  if (meant.length > 0) return mistake(command, `unknown command '${typed}'`, meant);
  const names = command.shownCommands().map((sub) => sub.name());
  const begun = typed.length < 2 ? [] : names.filter((name) => name.startsWith(typed));
  return await usageError(command, `unknown command '${typed}'`, typed, names, begun);
}

async function usageError(
  command: ArgparseCommand,
  found: string,
  typed: string,
  names: readonly string[],
  begun: readonly string[] = [],
): Promise<UsageError> {
  const { nearestFew } = await import("../util/nearest.ts"); // only a mistake needs it
  return mistake(command, found, [...new Set([...begun, ...nearestFew(typed, names)])]);
}

function mistake(command: ArgparseCommand, found: string, meant: readonly string[]): UsageError {
  return misread(command, found, meant.length === 0 ? "" : `Did you mean ${oneOfThese(meant)}? `);
}

/** @param advice what to do besides reading the help, with a blank at its end; empty: nothing */
function misread(command: ArgparseCommand, found: string, advice: string): UsageError {
  return new UsageError(`Cannot read the command line: ${found}`, `${advice}See \`${command.path} -h\`.`);
}

/** `start, stop, or status`; ICU is slow to load, so only a mistake loads it. */
function oneOfThese(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(words);
}
