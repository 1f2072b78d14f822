/** `help` and `version`, which other programs have as commands; here they are other words for -h and -V. @module */

import { commandLine } from "../command_line.ts";
import { type ArgparseCommand, unknownCommand } from "../commander.ts";
import type { Context } from "../context.ts";

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
