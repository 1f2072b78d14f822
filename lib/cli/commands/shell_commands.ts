/** `help` and `version`, which other programs have as commands; here they are other words for -h and -V. @module */

import { type ArgparseCommand, Argument, unknownCommand } from "../argparse_command.ts";
import { commandLine } from "../command_line.ts";
import { answer, type Context } from "../context.ts";

const SHELLS = {
  bash: async () => (await import("../completions/completion_scripts.ts")).BASH_SCRIPT,
  zsh: async () => (await import("../completions/completion_scripts.ts")).ZSH_SCRIPT,
  fish: async () => (await import("../completions/completion_scripts.ts")).FISH_SCRIPT,
} as const;

type Shell = keyof typeof SHELLS;

/** `xcore completions {bash,zsh,fish}` */
export function defineCompletions(command: ArgparseCommand, context: Context): void {
  command.description("Print a shell script that lets Tab complete commands, options, settings and names.")
    .addArgument(new Argument("<shell>", "the shell you use").choices(Object.keys(SHELLS)))
    .withExamples(
      ['eval "$(xcore completions bash)"', "in ~/.bashrc: load it in every new bash"],
      ['eval "$(xcore completions zsh)"', "in ~/.zshrc: load it in every new zsh"],
      ["xcore completions fish | source", "in ~/.config/fish/config.fish: load it in every new fish"],
    )
    .action(async (shell: Shell) => {
      const script = await SHELLS[shell]();
      answer(context, { shell, script }, script);
    });
}

/**
 * `xcore __complete -- words…`, which the scripts ask at each Tab. Its answer: a line `words`, and then a line for each
 * word that may stand there, explained after a tab; or a line `files`. No answer at all is no word. It never complains.
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
      const { complete } = await import("../completions/complete.ts");
      const { wordsOf } = await import("../completions/complete.ts");
      const found = await complete(program, line === undefined ? words : wordsOf(line).slice(1), context);
      context.printer.out(
        found === "files"
          ? "files"
          : ["words", ...found.map(({ value, about }) => about ? `${value}\t${about}` : value)].join("\n"),
      );
    });
}

/** `xcore help [COMMAND …]` */
export function defineHelp(help: ArgparseCommand, { printer }: Context, program: ArgparseCommand): void {
  help.description("Show the help of a command.")
    .argument("[command...]", "the command, such as daemon log")
    .action((words: string[]) => {
      const { command, args } = commandLine(program, words);
      const [unknown] = args;
      if (unknown !== undefined && command.commands.length > 0) throw unknownCommand(command, unknown);
      command.args = [...args];
      printer.out(command.helpInformation());
    });
}

/** `xcore version` */
export function defineVersion(version: ArgparseCommand, program: ArgparseCommand): void {
  version.description("Show the version of the program.")
    .action(async () => void await program.parseAsync(["--version"], { from: "user" }));
}
