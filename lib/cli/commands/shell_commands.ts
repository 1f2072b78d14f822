/**
 * `xcore completions`, and the hidden commands: `help` and `version` are other words for -h and -V.
 * @module
 */

import { type ArgparseCommand, Argument, HelpAsked } from "../argparse_command.ts";
import { commandLine, unknownCommand } from "../command_line.ts";
import { answer, type Context } from "../context.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** The commands for a shell. */
export const shellCommands = {
  completions: { summary: "print a shell completion script", define: defineCompletions },
};

/** `xcore completions {bash,zsh,fish}` */
function defineCompletions(command: ArgparseCommand, context: Context): void {
  command.description("Print a shell script that lets Tab complete commands, options, settings and names.")
    .addArgument(new Argument("<shell>", "the shell you use").choices([...SHELLS]))
    .withExamples(
      ['eval "$(xcore completions bash)"', "in ~/.bashrc: load it in every new bash"],
      ['eval "$(xcore completions zsh)"', "in ~/.zshrc: load it in every new zsh"],
      ["xcore completions fish | source", "in ~/.config/fish/config.fish: load it in every new fish"],
    )
    .action(async (shell: typeof SHELLS[number]) => {
      const { completionScripts } = await import("../completions/completion_scripts.ts");
      const script = completionScripts[shell];
      answer(context, { shell, script }, script);
    });
}

/**
 * `xcore __complete -- words…`, which the completion scripts run at each Tab. It prints a line
 * `words` and then a line for each word that fits, with its explanation after a tab; or a line
 * `files`. It never reports an error.
 */
export function defineComplete(
  command: ArgparseCommand,
  context: Context,
  program: ArgparseCommand,
): void {
  command.description("Print what may be typed next.")
    .argument("[words...]", "what is typed after xcore, the word to complete last")
    .option("--line <line>", "the line as bash gives it, in place of words")
    .action(async (words: string[], { line }: { line?: string }) => {
      const { complete, wordsOf } = await import("../completions/complete.ts");
      const found = await complete(program, line === undefined ? words : wordsOf(line).slice(1), context);
      context.printer.out(
        found === "files"
          ? "files"
          : ["words", ...found.map(({ value, about }) => about ? `${value}\t${about}` : value)].join("\n"),
      );
    });
}

/** `xcore help [COMMAND …]` */
export function defineHelp(help: ArgparseCommand, program: ArgparseCommand): void {
  help.description("Show the help of a command.")
    .argument("[command...]", "the command, such as daemon log")
    .action(async (words: string[]) => {
      const { command, args } = commandLine(program, words);
      const [unknown] = args;
      if (unknown !== undefined && command.commands.length > 0) throw await unknownCommand(command, unknown);
      command.args = [...args];
      throw new HelpAsked(command, false);
    });
}

/** `xcore version` */
export function defineVersion(version: ArgparseCommand, program: ArgparseCommand): void {
  version.description("Show the version of the program.")
    .action(async () => void await program.parseAsync(["--version"], { from: "user" }));
}
