import { type ArgparseCommand, Argument } from "../commander.ts";
import { answer, type Context } from "../context.ts";

const SHELLS = {
  bash: async () => (await import("../completions/bash_script.ts")).BASH_SCRIPT,
  zsh: async () => (await import("../completions/zsh_script.ts")).ZSH_SCRIPT,
  fish: async () => (await import("../completions/fish_script.ts")).FISH_SCRIPT,
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
      const { wordsOf } = await import("../completions/line.ts");
      const found = await complete(program, line === undefined ? words : wordsOf(line).slice(1), context);
      context.printer.out(
        found === "files"
          ? "files"
          : ["words", ...found.map(({ value, about }) => about ? `${value}\t${about}` : value)].join("\n"),
      );
    });
}
