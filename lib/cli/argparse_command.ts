/**
 * commander, in the shape of Python's argparse: the words and the order that users of the original
 * know.
 * @module
 */

import * as commander from "npm:commander@15.1.0";
import { type Completer, oneOf } from "./completions/completer.ts";
import type { Context } from "./context.ts";

export const { CommanderError, InvalidArgumentError } = commander;

/** An argument that knows what may stand in its place. */
export class Argument extends commander.Argument {
  #completer: Completer | undefined;

  /** Sets what may stand in its place. */
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

  /**
   * Names the words of the command's first argument that the option has an effect with; undefined:
   * all.
   */
  onlyWith(words: readonly string[]): this {
    this.#onlyWith = words;
    return this;
  }

  /**
   * False where the command's arguments, as far as they are typed, leave the option without an
   * effect.
   */
  fits([first]: readonly string[]): boolean {
    return first === undefined || this.#onlyWith === undefined || this.#onlyWith.includes(first);
  }

  /** Sets what its value may be. */
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

/** Commands by their names: what `xcore -h` says of each, and what each consists of. */
export type Commands = Readonly<
  Record<
    string,
    {
      readonly summary: string;
      readonly define: (command: ArgparseCommand, context: Context) => void;
      /** Words of other programs by which people mean it. */
      readonly meantBy?: string;
    }
  >
>;

/** A command line that shows a use of a command, and what it does. */
export type Example = readonly [line: string, about: string];

/** Thrown where the help of a command is to be printed. */
export class HelpAsked extends Error {
  /** @param isMistake true: not asked for; the command line stops before a subcommand */
  constructor(readonly command: ArgparseCommand, readonly isMistake: boolean) {
    super(`help of ${command.path}`);
  }
}

/** A command whose help reads like argparse's, and which throws instead of ending the process. */
export class ArgparseCommand extends commander.Command {
  declare readonly commands: readonly ArgparseCommand[];
  declare readonly options: readonly Option[];
  declare readonly registeredArguments: readonly Argument[];
  declare parent: ArgparseCommand | null;
  #define: ((command: ArgparseCommand) => void) | null = null;
  #examples: readonly Example[] = [];
  #passesOn = false;
  #page: string | null = null;
  #meantBy: readonly string[] = [];
  #correct: (words: readonly string[]) => string | null = () => null;

  constructor(name?: string) {
    super(name);
    this.helpCommand(false).showSuggestionAfterError(false).helpOption(
      "-h, --help",
      "show this help message and exit",
    )
      .hook("preSubcommand", (_parent, named) => void (named as ArgparseCommand).defined());
  }

  /**
   * Has `define` add all but the name and the summary, once the command is used: making every
   * command takes a tenth of the program's start.
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

  /** Gives examples, which help shows below the options. */
  withExamples(...examples: Example[]): this {
    this.#examples = examples;
    return this;
  }

  /** Has all that stands behind the first argument, options too, be the arguments of what it runs. */
  passingOn(): this {
    this.#passesOn = true;
    return this;
  }

  /** Whether options behind the first argument are none of this command's. */
  get passesOn(): boolean {
    return this.#passesOn;
  }

  /** Names the page of the documentation that has more, which help shows last. */
  withPage(page: string): this {
    this.#page = page;
    return this;
  }

  /** The page that has more: its own, or that of the command that it is part of; null: none. */
  get page(): string | null {
    return this.#page ?? this.parent?.page ?? null;
  }

  /** Gives words of other programs by which people mean it. */
  whenMeantBy(words: readonly string[]): this {
    this.#meantBy = words;
    return this;
  }

  get meantBy(): readonly string[] {
    return this.#meantBy;
  }

  /** Says what a command line with too few arguments was meant to be; null: there is no telling. */
  correctedBy(correct: (words: readonly string[]) => string | null): this {
    this.#correct = correct;
    return this;
  }

  /**
   * What the command line with these arguments, too few, was meant to be; null: there is no
   * telling.
   */
  correction(words: readonly string[]): string | null {
    return this.#correct(words);
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
    return Object.assign(new commander.Help(), { showGlobalOptions: true });
  }

  /** @throws {HelpAsked} always: a help is loaded by the few commands that print one */
  override outputHelp(context?: commander.HelpContext | ((text: string) => string)): void {
    throw new HelpAsked(this, typeof context === "object" && context.error);
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

  /**
   * The same, in the order of help: `-h`, those of its own, and those of the commands that it is
   * part of.
   */
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
