import assert from "node:assert/strict";
import { ArgparseCommand, Argument, Option } from "../../../../lib/cli/argparse_command.ts";
import { complete } from "../../../../lib/cli/commands/shell_commands.ts";
import type { Asked } from "../../../../lib/cli/completions/completer.ts";
import type { GlobalOptions } from "../../../../lib/cli/context.ts";
import { programFor } from "../../../../lib/cli/main.ts";
import { platforms } from "../../../../lib/platform/platforms.ts";
import { keepingPrinter } from "../_printer.ts";
import { contextIn, run, runtimeIn, suggested, valuesOf } from "../_run.ts";

const NOWHERE = "/nonexistent";

async function values(...words: string[]): Promise<readonly string[] | "files"> {
  return valuesOf(await suggested(NOWHERE, words));
}

/** A program with one command `go`, whose first argument, others and option -n are suggested by `suggest`. */
function small(suggest: (asked: Asked, options: GlobalOptions) => string[]): ArgparseCommand {
  const completer = (asked: Asked, context: { options(): GlobalOptions }) =>
    suggest(asked, context.options()).map((value) => ({ value }));
  const program = new ArgparseCommand("small").option("-c, --cluster <name>", "").option("--json", "");
  program.command("go")
    .addArgument(new Argument("<first>", "").completeWith(completer))
    .addArgument(new Argument("[others...]", "").completeWith(completer))
    .addOption(new Option("-n, --number <n>", "").completeWith(completer))
    .option("-f, --force", "");
  return program;
}

Deno.test("complete() suggests the commands, with what help says of them", async () => {
  const { program } = programFor(runtimeIn(NOWHERE), keepingPrinter().printer);
  const found = await suggested(NOWHERE, [""]);
  assert.deepEqual(
    found,
    program.shownCommands().map((command) => ({ value: command.name(), about: command.summary() })),
  );
  assert.ok(found.length >= 10);
});

Deno.test("complete() suggests what begins with the word, and nothing that is hidden", async () => {
  assert.deepEqual(await values("sta"), ["status", "start"]);
  assert.deepEqual(await values("__"), []);
  assert.deepEqual(await values("nosuch"), []);
});

Deno.test("complete() suggests the subcommands of every command that has some", async () => {
  const { program } = programFor(runtimeIn(NOWHERE), keepingPrinter().printer);
  for (const command of program.shownCommands()) {
    const subs = command.shownCommands().map((sub) => sub.name());
    if (subs.length > 0) assert.deepEqual(await values(command.name(), ""), subs);
  }
  assert.deepEqual(await values("daemon", "st"), ["start", "stop", "status"]);
});

Deno.test("complete() suggests nothing after a command that is none", async () => {
  assert.deepEqual(await values("strat", ""), []);
  assert.deepEqual(await values("daemon", "strat", ""), []);
});

Deno.test("complete() finds the command behind options and their values", async () => {
  for (
    const words of [["-c", "daemon"], ["-cdaemon"], ["--cluster", "daemon"], ["--cluster=daemon"], [
      "--json",
      "--debug",
    ], ["--nosuch"]]
  ) {
    assert.deepEqual(await values(...words, "config", "p"), ["path"], words.join(" "));
  }
});

Deno.test("complete() suggests a command's options and, after it too, the program's", async () => {
  assert.deepEqual(await values("status", "-"), ["--help", "--watch", "--cluster", "--json", "--debug"]);
  assert.deepEqual(await values("--"), ["--help", "--version", "--cluster", "--json", "--debug"]);
  assert.deepEqual(await values("daemon", "log", "--f"), ["--follow"]);
});

Deno.test("complete() suggests no option that has no effect with the argument before it", async () => {
  assert.deepEqual(await values("init", "local", "--p"), ["--python"]);
  assert.deepEqual(await values("init", "aws", "--p"), ["--python", "--public-key", "--policy"]);
  assert.deepEqual(await values("init", "--p"), ["--python", "--project", "--public-key", "--policy"]);
});

Deno.test("complete() suggests no option that is given, in whatever form", async () => {
  for (const given of ["-w", "--watch"]) assert.deepEqual(await values("status", given, "--w"), []);
  assert.deepEqual(await values("daemon", "log", "-fn", "3", "--"), [
    "--help",
    "--cluster",
    "--json",
    "--debug",
  ]);
});

Deno.test("complete() suggests a short option only once it is begun", async () => {
  assert.deepEqual(await values("status", "-w"), ["-w"]);
  assert.deepEqual(await values("status", "-x"), []);
});

Deno.test("complete() suggests no option after --", async () => {
  assert.deepEqual(await values("status", "--", "-"), []);
});

Deno.test("complete() suggests no option by itself: Tab never types --yes", async () => {
  assert.deepEqual(await values("shutdown", ""), []);
});

Deno.test("complete() suggests the choices of an argument", async () => {
  assert.deepEqual(await values("init", ""), platforms().map(({ name }) => name));
  assert.deepEqual(await values("completions", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await values("completions", "bash", ""), []);
});

Deno.test("complete() leaves files to the shell", async () => {
  assert.equal(await values("init", "local", "--python", ""), "files");
  assert.equal(await values("init", "--python=/usr"), "files");
  assert.deepEqual(await values("init", "local", "--python", "/usr/bin/python3", ""), []);
});

Deno.test("complete() completes a value behind = as one word with its option", async () => {
  const program = small(() => ["one", "two"]);
  const found = await complete(program, ["go", "--number=t"], contextIn(NOWHERE));
  assert.deepEqual(valuesOf(found), ["--number=two"]);
  assert.deepEqual(await complete(program, ["go", "--force="], contextIn(NOWHERE)), []);
});

Deno.test("complete() tells a completer the arguments before, the word begun and the line's options", async () => {
  const asked: unknown[] = [];
  const program = small((seen, options) => {
    asked.push([seen, options]);
    return [];
  });
  for (
    const line of [["go", "a"], ["-c", "demo", "go", "a", "b", "x"], ["go", "a", "--json", "-n", ""], [
      "go",
      "-f",
      "--",
      "-a",
      "-",
    ]]
  ) {
    await complete(program, line, contextIn(NOWHERE));
  }
  assert.deepEqual(asked, [
    [{ args: [], prefix: "a" }, {}],
    [{ args: ["a", "b"], prefix: "x" }, { cluster: "demo" }],
    [{ args: [], prefix: "" }, { json: true }],
    [{ args: ["-a"], prefix: "-" }, { force: true }],
  ]);
});

Deno.test("complete() suggests nothing where a completer fails", async () => {
  const program = small(() => {
    throw new Error("the config is broken");
  });
  assert.deepEqual(await complete(program, ["go", ""], contextIn(NOWHERE)), []);
});

Deno.test("complete() takes no words at all for an empty one", async () => {
  assert.deepEqual(await values(), await values(""));
});

Deno.test("xcore __complete answers line by line, and has nothing to say of nonsense", async () => {
  const asked = async (...words: string[]) => await run(NOWHERE, ["__complete", ...words]);
  assert.deepEqual(await asked("--", "status", "--wa"), {
    code: 0,
    out: "words\n--watch\tupdate every second until Ctrl-C; with --json: one JSON document per line\n",
    said: [],
    passed: [],
  });
  assert.deepEqual(await asked("--", "init", "local", "--python", ""), {
    code: 0,
    out: "files\n",
    said: [],
    passed: [],
  });
  assert.deepEqual(await asked("--line", "xcore completions 'f"), {
    code: 0,
    out: "words\nfish\n",
    said: [],
    passed: [],
  });
  for (const words of [["no such", "", "--", "\u0000", "'"], ["-c", "../..", "config", "get", ""], ["-c"]]) {
    assert.deepEqual((await asked("--", ...words)).said, []);
  }
});
