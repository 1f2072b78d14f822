/** What may be typed next on a command line, from the commands that will read it. @module */

import type { ArgparseCommand } from "../argparse_command.ts";
import { type CommandLine, commandLine, optionNamed } from "../command_line.ts";
import type { Context } from "../context.ts";
import type { Asked, Candidate, Completer, Suggestions } from "./completer.ts";

/**
 * What may be typed next.
 *
 * @param program the whole program
 * @param words what is typed after the program's name; the last is the one to complete, and may be
 * empty
 * @param context for completers that look into a cluster; its options are the line's
 * @returns words that begin with the last of `words`; none if a completer fails
 */
export async function complete(
  program: ArgparseCommand,
  words: readonly string[],
  context: Context,
): Promise<Suggestions> {
  const prefix = words.at(-1) ?? "";
  const line = commandLine(program, words.slice(0, -1));
  const here = { ...context, options: () => line.options };
  const ask = (completer: Completer, asked: Asked) => suggestions(completer, asked, here);

  if (line.awaiting !== null) return await ask(line.awaiting.completer, { args: [], prefix });
  if (!line.onlyArguments && prefix.startsWith("-")) {
    const inline = /^(--[^=]+)=(.*)$/s.exec(prefix);
    if (inline === null) return matching(flags(line, prefix), prefix);
    const [, flag = "", value = ""] = inline;
    const option = optionNamed(line.command, flag);
    if (!option?.takesValue) return [];
    const found = await ask(option.completer, { args: [], prefix: value });
    return found === "files" ? found : found.map((one) => ({ ...one, value: `${flag}=${one.value}` }));
  }
  const commands = line.command.shownCommands();
  if (commands.length > 0) {
    return line.args.length > 0 ? [] : matching(
      commands.map((sub) => ({ value: sub.name(), about: sub.summary() || sub.description() })),
      prefix,
    );
  }
  const { registeredArguments } = line.command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[line.args.length] ?? (last?.variadic ? last : undefined);
  return argument === undefined ? [] : await ask(argument.completer, { args: line.args, prefix });
}

async function suggestions(completer: Completer, asked: Asked, context: Context): Promise<Suggestions> {
  try {
    const found = await completer(asked, context);
    return found === "files" ? found : matching(found, asked.prefix);
  } catch {
    return []; // no error may be printed over the prompt
  }
}

/** The options that may still be given: their long forms, or the short ones once one is begun. */
function flags({ command, args, options }: CommandLine, prefix: string): Candidate[] {
  const short = /^-[^-]/.test(prefix);
  return command.shownOptions(args).filter((option) => !Object.hasOwn(options, option.attributeName()))
    .map((option) => ({ value: (short ? option.short : option.long) ?? "", about: option.description }));
}

function matching(candidates: readonly Candidate[], prefix: string): Candidate[] {
  return candidates.filter(({ value }) => value !== "" && value.startsWith(prefix));
}

/**
 * The words of a command line as bash reads it, without quotes and backslashes. Text in an open
 * quote is a word, and so is the empty text after a space. Variables are not expanded: that takes a
 * shell.
 */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word ??= "";
    if (character === quote) quote = null;
    else if (quote === null && (character === "'" || character === '"')) quote = character;
    else if (character === "\\" && quote !== "'" && escapes(quote, line[i + 1])) word += line[++i] ?? "";
    else word += character;
  }
  return [...words, word ?? ""];
}

function escapes(quote: string | null, next: string | undefined): boolean {
  return quote === null || (next !== undefined && '"\\$`'.includes(next));
}
