/** A command line as far as it is typed: which command it is, and what comes next. Pure. @module */

import type { ArgparseCommand, Option } from "./argparse_command.ts";

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

/** The command line that these words are, as commander would take them; the program's own name is not among them. */
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
    } else if (word === "--" && !onlyArguments) onlyArguments = true;
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

/** Reads `--json`, `--cluster=demo`, `-c`, `-cdemo` or `-fn`; returns the option whose value is still to come, or null. */
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
