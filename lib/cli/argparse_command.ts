/** commander, in the shape of Python's argparse: the words and the order that users of the original know. @module */

import * as commander from "npm:commander@15.1.0";
import { UsageError } from "../errors.ts";
import { nearestFew } from "../util/nearest.ts";
import { wrap } from "../util/text_width.ts";
import { type Completer, oneOf } from "./completions/completer.ts";

export const InvalidArgumentError = commander.InvalidArgumentError;

/** An argument that knows what may stand in its place. */
export class Argument extends commander.Argument {
  #completer: Completer | undefined;

  /** What may stand in its place. */
  completeWith(completer: Completer): this {
    this.#completer = completer;
    return this;
  }

  /** What may stand in its place; its choices, when nothing else was said. */
  get completer(): Completer {
    return this.#completer ?? oneOf(this.argChoices ?? []);
  }
}

/** An option that knows what its value may be. */
export class Option extends commander.Option {
  #completer: Completer | undefined;
  #onlyWith: readonly string[] | undefined;

  /** Names the words of the command's first argument that the option has an effect with; undefined: all. */
  onlyWith(words: readonly string[]): this {
    this.#onlyWith = words;
    return this;
  }

  /** False where the command's arguments, as far as they are typed, leave the option without an effect. */
  fits([first]: readonly string[]): boolean {
    return first === undefined || this.#onlyWith === undefined || this.#onlyWith.includes(first);
  }

  /** What its value may be. */
  completeWith(completer: Completer): this {
    this.#completer = completer;
    return this;
  }

  /** What its value may be; its choices, when nothing else was said. */
  get completer(): Completer {
    return this.#completer ?? oneOf(this.argChoices ?? []);
  }

  /** What help says of it. */
  get explanation(): string {
    const { description, defaultValue } = this;
    return defaultValue === undefined ? description : `${description} (default: ${defaultValue})`;
  }

  /** True when a value has to follow. */
  get takesValue(): boolean {
    return this.required;
  }
}

/** A command line that shows a use of a command, and what it does. */
export type Example = readonly [line: string, about: string];

/** A command whose help reads like argparse's, and which throws instead of ending the process. */
export class ArgparseCommand extends commander.Command {
  declare readonly commands: readonly ArgparseCommand[];
  declare readonly options: readonly Option[];
  declare readonly registeredArguments: readonly Argument[];
  declare parent: ArgparseCommand | null;
  #define: ((command: ArgparseCommand) => void) | null = null;
  #examples: readonly Example[] = [];

  constructor(name?: string) {
    super(name);
    this.helpCommand(false).helpOption("-h, --help", "show this help message and exit")
      .hook("preSubcommand", (_parent, named) => void (named as ArgparseCommand).defined());
  }

  /**
   * Leaves it to `define` to say what the command consists of, but for its name and its summary. It is called once somebody
   * looks into the command: to make all that a program has takes a tenth of its start.
   */
  definedBy(define: (command: ArgparseCommand) => void): this {
    this.#define = define;
    return this;
  }

  /** The command with all that it consists of. */
  defined(): this {
    const define = this.#define;
    this.#define = null;
    define?.(this);
    return this;
  }

  /** Gives examples, which help shows last. */
  withExamples(...examples: Example[]): this {
    this.#examples = examples;
    return this;
  }

  /** As it is typed: `xcore daemon log`. */
  get path(): string {
    return this.parent === null ? this.name() : `${this.parent.path} ${this.name()}`;
  }

  get examples(): readonly Example[] {
    return this.#examples;
  }

  override createCommand(name?: string): ArgparseCommand {
    return new ArgparseCommand(name);
  }

  override createArgument(name: string, description?: string): Argument {
    return new Argument(name, description);
  }

  override createOption(flags: string, description?: string): Option {
    return new Option(flags, description);
  }

  override createHelp(): commander.Help {
    return new ArgparseHelp();
  }

  /** Subcommands that are not hidden. */
  shownCommands(): readonly ArgparseCommand[] {
    return this.createHelp().visibleCommands(this.defined()) as ArgparseCommand[];
  }

  /** Options of its own that are not hidden and have an effect with `args`. */
  ownOptions(args: readonly string[] = []): readonly Option[] {
    const { options } = this.defined();
    return options.filter((option) => !option.hidden && option.fits(args));
  }

  /** The same, in the order of help: `-h`, those of its own, and those of the commands that it is part of. */
  shownOptions(args: readonly string[] = []): readonly Option[] {
    const help = this.createHelp();
    const hidden = this.defined().options.filter((option) => !option.fits(args));
    const own = help.visibleOptions(this).filter((option) => !hidden.includes(option as Option));
    const inherited = help.visibleGlobalOptions(this);
    const isHelp = (option: commander.Option) => option.long === "--help";
    const all = [...own.filter(isHelp), ...own.filter((option) => !isHelp(option)), ...inherited];
    // A version is the whole program's.
    return all.filter(({ long }) => this.parent === null || long !== "--version") as Option[];
  }
}

class ArgparseHelp extends commander.Help {
  override showGlobalOptions = true;

  override formatHelp(command: ArgparseCommand): string {
    return helpText(command, this.helpWidth ?? Infinity);
  }
}

/** commander's words for a command line that stops before its subcommand, and for one that names a wrong one. */
const NO_SUBCOMMAND = "commander.help";
const UNKNOWN_COMMAND = "commander.unknownCommand";

/**
 * What commander threw, as our own error; null when it was only help or version, already printed, and `incomplete` when
 * the command needs a subcommand.
 */
export function usageErrorOf(
  error: unknown,
  command: ArgparseCommand,
): UsageError | null | undefined | "incomplete" {
  if (!(error instanceof commander.CommanderError)) return undefined;
  if (error.exitCode === 0) return null;
  if (error.code === NO_SUBCOMMAND) return "incomplete";
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  if (error.code === UNKNOWN_COMMAND) return unknownCommand(command, /'(.*)'/.exec(first)?.[1] ?? "");
  const meant = suggestion?.match(/Did you mean (.*)\?/)?.[1];
  return usageError(command, first.replace(/\.$/, ""), meant === undefined ? [] : [meant]);
}

/** The error for a word that is none of a command's subcommands; its hint names those that begin with it or are near. */
export function unknownCommand(command: ArgparseCommand, typed: string): UsageError {
  const names = command.shownCommands().map((sub) => sub.name());
  const begun = typed.length < 2 ? [] : names.filter((name) => name.startsWith(typed));
  const meant = [...new Set([...begun, ...nearestFew(typed, names)])];
  return usageError(command, `unknown command '${typed}'`, meant);
}

function usageError(command: ArgparseCommand, found: string, meant: readonly string[]): UsageError {
  const help = `See \`${command.path} -h\`.`;
  return new UsageError(
    `Cannot read the command line: ${found}`,
    meant.length === 0 ? help : `Did you mean ${oneOfThese(meant)}? ${help}`,
  );
}

/** `start, stop, or status`; ICU is slow to load, and so not loaded by each start. */
function oneOfThese(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(words);
}

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
    ...wrap(`usage: ${usage}`, width, " ".repeat(7)),
    "",
    ...command.description().split("\n").flatMap((line) => wrap(line, width)),
    ...(positional.length > 0 ? ["", "positional arguments:", ...positional] : []),
    "",
    "options:",
    ...rows("  ", options),
    ...(command.examples.length > 0 ? ["", "examples:"] : []),
    ...rows("  ", command.examples),
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
