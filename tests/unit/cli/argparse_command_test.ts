import assert from "node:assert/strict";
import { ArgparseCommand } from "../../../lib/cli/argparse_command.ts";
import { helpText } from "../../../lib/cli/help_text.ts";

/** A program with two commands, and the names of those that were made. */
function withTwo(): { readonly program: ArgparseCommand; readonly made: readonly string[] } {
  const program = new ArgparseCommand("two").version("1.2.3").exitOverride()
    .configureOutput({ writeOut: () => {} }) as ArgparseCommand;
  const made: string[] = [];
  for (const name of ["one", "other"]) {
    program.command(name).summary(`do ${name}`).definedBy((command) => {
      made.push(name);
      command.argument("<word>", "what to say").option("--loud", "say it aloud").action(() => {});
    });
  }
  return { program, made };
}

Deno.test("definedBy() makes the command that is run, once, and no other", async () => {
  const { program, made } = withTwo();
  await program.parseAsync(["other", "--loud", "x"], { from: "user" });
  assert.deepEqual(made, ["other"]);
  const { args, registeredArguments } = program.commands[1]!.defined();
  assert.deepEqual([args, registeredArguments.map((argument) => argument.name()), made], [["x"], ["word"], [
    "other",
  ]]);
});

Deno.test("definedBy() makes no command for the program's version, nor for a help that lists them", async () => {
  const { program, made } = withTwo();
  await assert.rejects(program.parseAsync(["--version"], { from: "user" }));
  assert.match(helpText(program, 80), / {4}one +do one\n {4}other +do other\n/);
  assert.deepEqual(made, []);
});

Deno.test("shownOptions() and shownCommands() make the command that they are asked about", () => {
  const { program, made } = withTwo();
  const [one, other] = program.shownCommands();
  assert.deepEqual(one!.shownOptions().map(({ long }) => long), ["--help", "--loud"]);
  assert.deepEqual(other!.shownCommands(), []);
  assert.deepEqual(made, ["one", "other"]);
});
