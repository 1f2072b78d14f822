/** commander, in the shape of Python's argparse: the words and the order that users of the original know. @module */

import * as commander from "npm:commander@15.1.0";
import { UsageError } from "../errors.ts";
import { type Completer, oneOf } from "./completions/completer.ts";
import { helpText } from "./help_text.ts";

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

  /** What its value may be. */
  completeWith(completer: Completer): this {
    this.#completer = completer;
    return this;
  }

  /** What its value may be; its choices, when nothing else was said. */
  get completer(): Completer {
    return this.#completer ?? oneOf(this.argChoices ?? []);
  }

  /** True when a value has to follow. */
  get takesValue(): boolean {
    return this.required;
  }
}

/** A command whose help reads like argparse's, and which throws instead of ending the process. */
export class ArgparseCommand extends commander.Command {
  declare readonly commands: readonly ArgparseCommand[];
  declare readonly options: readonly Option[];
  declare readonly registeredArguments: readonly Argument[];
  declare parent: ArgparseCommand | null;
  #define: ((command: ArgparseCommand) => void) | null = null;

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

  /** Options that are not hidden, in the order of help: of its own, and of the commands that it is part of. */
  shownOptions(): readonly Option[] {
    const help = this.createHelp();
    const [own, inherited] = [help.visibleOptions(this.defined()), help.visibleGlobalOptions(this)];
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

/** commander's word for a command line that stops before its subcommand. */
const NO_SUBCOMMAND = "commander.help";

/**
 * What commander threw, as our own error; null when it was only help or version, already printed, and `incomplete` when
 * the command needs a subcommand.
 */
export function usageErrorOf(error: unknown, command: string): UsageError | null | undefined | "incomplete" {
  if (!(error instanceof commander.CommanderError)) return undefined;
  if (error.exitCode === 0) return null;
  if (error.code === NO_SUBCOMMAND) return "incomplete";
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const found = first.replace(/\.$/, "");
  const hint = suggestion?.match(/Did you mean (.*)\?/)?.[1];
  return new UsageError(
    `Cannot read the command line: ${found}`,
    hint ? `Did you mean ${hint}? See \`${command} -h\`.` : `See \`${command} -h\`.`,
  );
}
