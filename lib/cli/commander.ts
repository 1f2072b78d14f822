/** commander, in the shape of Python's argparse: the words and the order that users of the original know. @module */

import { Command, CommanderError, Help, InvalidArgumentError, Option } from "npm:commander@15.1.0";
import { UsageError } from "../errors.ts";

export { Argument } from "npm:commander@15.1.0";
export { Command, InvalidArgumentError, Option };

/** Column at which argparse starts its explanations. */
const EXPLANATION_COLUMN = 24;

const WIDTH = 100;

/** A command whose help reads like argparse's, and which throws instead of ending the process. */
export class ArgparseCommand extends Command {
  override createCommand(name?: string): ArgparseCommand {
    return new ArgparseCommand(name);
  }

  override createHelp(): Help {
    return new ArgparseHelp();
  }
}

class ArgparseHelp extends Help {
  override showGlobalOptions = true;

  override formatHelp(command: Command, helper: Help): string {
    const commands = helper.visibleCommands(command).filter((sub) => sub.name() !== "help");
    const positional = commands.length > 0
      ? [
        `  ${choicesOf(commands)}`,
        ...commands.map((sub) => row(`    ${sub.name()}`, sub.summary() || sub.description())),
      ]
      : helper.visibleArguments(command).map((argument) => row(`  ${argument.name()}`, argument.description));
    const options = [...helper.visibleOptions(command), ...helper.visibleGlobalOptions(command)];
    return [
      ...wrap(`usage: ${usageOf(command, commands)}`, " ".repeat(7)),
      "",
      ...wrap(command.description(), ""),
      ...(positional.length > 0 ? ["", "positional arguments:", ...positional] : []),
      "",
      "options:",
      ...options.map((option) =>
        row(`  ${option.flags.replace(/<(\w+)>/, (_, name) => name.toUpperCase())}`, option.description)
      ),
      "",
    ].join("\n");
  }
}

function usageOf(command: Command, commands: readonly Command[]): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  const options = command.options.filter((option) => !option.hidden).map((option) => `[${flagOf(option)}]`);
  const args = command.registeredArguments.map((argument) => {
    const name = argument.argChoices ? `{${argument.argChoices.join(",")}}` : argument.name().toUpperCase();
    return argument.required ? name : `[${name}]`;
  });
  const rest = commands.length > 0 ? [choicesOf(commands), "..."] : args;
  return [...names, "[-h]", ...options, ...rest].join(" ");
}

function flagOf(option: Option): string {
  const value = option.required || option.optional ? ` ${option.attributeName().toUpperCase()}` : "";
  return `${option.short ?? option.long}${value}`;
}

function choicesOf(commands: readonly Command[]): string {
  return `{${commands.map((sub) => sub.name()).join(",")}}`;
}

function row(left: string, explanation: string): string {
  if (explanation === "") return left;
  const gap = " ".repeat(EXPLANATION_COLUMN);
  const [first = "", ...more] = wrap(explanation, "", WIDTH - EXPLANATION_COLUMN);
  const head = left.length < EXPLANATION_COLUMN - 1
    ? left.padEnd(EXPLANATION_COLUMN) + first
    : `${left}\n${gap}${first}`;
  return [head, ...more.map((line) => gap + line)].join("\n");
}

function wrap(text: string, indent: string, width = WIDTH): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines;
}

/** What commander threw, as our own error; null when it was only help or version, already printed. */
export function usageErrorOf(error: unknown, command: string): UsageError | null | undefined {
  if (!(error instanceof CommanderError)) return undefined;
  if (error.exitCode === 0 || error.code === "commander.help") return null;
  const [first = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const found = first.replace(/\.$/, "");
  const hint = suggestion?.match(/Did you mean (.*)\?/)?.[1];
  return new UsageError(
    `Cannot read the command line: ${found}`,
    hint ? `Did you mean ${hint}? See \`${command} -h\`.` : `See \`${command} -h\`.`,
  );
}
