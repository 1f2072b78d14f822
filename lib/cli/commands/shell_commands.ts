/**
 * `xcore completions` with what it prints and what the printed scripts call, and the hidden
 * commands: `help` and `version` are other words for -h and -V.
 * @module
 */

import { type ArgparseCommand, Argument, HelpAsked } from "../argparse_command.ts";
import { type CommandLine, commandLine, optionNamed, unknownCommand } from "../command_line.ts";
import type { Asked, Candidate, Completer, Suggestions } from "../completions/completer.ts";
import { answer, type Context } from "../context.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** The commands for a shell. */
export const shellCommands = {
  completions: {
    summary: "print a shell completion script",
    define: defineCompletions,
    meantBy: "completion autocomplete",
  },
};

/** `xcore completions {bash,zsh,fish}` */
function defineCompletions(command: ArgparseCommand, context: Context): void {
  command.description("Print a shell script that lets Tab complete commands, options, settings and names.")
    .addArgument(new Argument("<shell>", "the shell you use").choices([...SHELLS]))
    .withExamples(
      ['eval "$(xcore completions bash)"', "in ~/.bashrc: load it in every new bash"],
      ['eval "$(xcore completions zsh)"', "in ~/.zshrc: load it in every new zsh"],
      ["xcore completions fish | source", "in ~/.config/fish/config.fish: load it in every new fish"],
    ).withPage("docs/install.md")
    .action((shell: typeof SHELLS[number]) => {
      const script = COMPLETION_SCRIPTS[shell];
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

/** For bash 3.2, which macOS has, and newer. */
const BASH_SCRIPT = `# Completions of xcore for bash. In ~/.bashrc:  eval "$(xcore completions bash)"
_xcore() {
  local program=xcore answer candidate
  case $1 in */*) program=\${1/#~\\//$HOME/} ;; esac
  COMPREPLY=()
  answer=$(command "$program" __complete --line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
  if [[ $answer == files ]]; then
    # With this option and no answer of ours bash completes a path by itself, quotes and all.
    type compopt &>/dev/null && compopt -o default
    return 0
  fi
  while IFS=$'\\t' read -r candidate _; do
    # Where = parts words bash puts in only what comes after it.
    [[ $candidate == --*=* && $COMP_WORDBREAKS == *=* ]] && candidate=\${candidate#*=}
    [[ -n $candidate ]] && COMPREPLY+=("$candidate")
  done <<<"\${answer#words}"
  return 0
}
complete -F _xcore xcore
`;

const ZSH_SCRIPT = `#compdef xcore
# Completions of xcore for zsh. In ~/.zshrc:  eval "$(xcore completions zsh)"
_xcore() {
  local program=xcore
  local -a answer candidates
  [[ $words[1] == */* ]] && program=\${\${(Q)words[1]}/#\\~\\//$HOME/}
  answer=("\${(@f)$(command $program __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $answer[1] == files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  candidates=("\${(@)answer[2,-1]/$'\\t'/:}")
  _describe xcore candidates
}
if [[ $funcstack[1] == _xcore ]]; then
  _xcore "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _xcore xcore
fi
`;

const FISH_SCRIPT =
  `# Completions of xcore for fish. In ~/.config/fish/config.fish:  xcore completions fish | source
function __xcore_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l program xcore
    string match -q -- '*/*' $words[1]; and set program (string replace -r -- '^~/' "$HOME/" $words[1])
    # A quote that is still open is in the token, and no part of the word.
    set -l typed (string replace -ra -- '["\\'\\\\\\\\]' '' $token)
    set -l answer (command $program __complete -- $words[2..-1] "$typed" 2>/dev/null)
    if test "$answer[1]" = files
        complete -C "'' $token"
    else
        printf '%s\\n' $answer[2..-1]
    end
end
complete -c xcore -f -a '(__xcore_complete)'
`;

/** The scripts, by shell. */
const COMPLETION_SCRIPTS = { bash: BASH_SCRIPT, zsh: ZSH_SCRIPT, fish: FISH_SCRIPT } as const;

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
