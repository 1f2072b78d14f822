import assert from "node:assert/strict";
import { ArgparseCommand } from "../../../lib/cli/argparse_command.ts";
import { helpText } from "../../../lib/cli/help_text.ts";
import { programFor } from "../../../lib/cli/main.ts";
import { SETTING } from "../../../lib/cluster/init.ts";
import { concerns, PROVIDERS, SETTINGS } from "../../../lib/config/settings.ts";
import { VERSION } from "../../../lib/version.ts";
import { keepingPrinter } from "./_printer.ts";
import { run, runtimeIn } from "./_run.ts";

const NOWHERE = "/nonexistent";
const ORIGINAL: Readonly<Record<string, string>> = {
  status: "status of crosscore cluster",
  start: "create cloud resources",
  restart: "recreate cloud resources",
  shutdown: "terminate and delete all resources",
  daemon: "control the xcore daemon",
};

function everyCommand(from?: ArgparseCommand): ArgparseCommand[] {
  const command = from ?? programFor(runtimeIn(NOWHERE), keepingPrinter().printer).program;
  return [command, ...command.shownCommands().flatMap(everyCommand)];
}

Deno.test("xcore -h is what the README shows of it", async () => {
  const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  const block = /^ {4}usage: .*\n(?: {4}.*\n|\n(?= {4}))*/m.exec(readme)?.[0] ?? "";
  const shown = block.trimEnd().split("\n").map((line) => line.slice(4));
  for (const flag of ["-h", "--help"]) {
    const { code, out, said } = await run(NOWHERE, [flag]);
    assert.deepEqual({ code, said }, { code: 0, said: [] });
    assert.deepEqual(out.trimEnd().split("\n"), shown);
  }
});

Deno.test("xcore -h begins with the original's five commands, in its words", async () => {
  const { out } = await run(NOWHERE, ["-h"]);
  const rows = out.split("\n").filter((line) => /^ {4}\S/.test(line)).map((line) =>
    line.trim().split(/ {2,}/)
  );
  assert.deepEqual(Object.fromEntries(rows.slice(0, 5)), ORIGINAL);
});

Deno.test("every command has a help with its usage, its arguments and -h first among its options", async () => {
  const commands = everyCommand();
  assert.ok(commands.length > 15);
  for (const command of commands) {
    const words: string[] = [];
    for (let at: ArgparseCommand | null = command; at !== null; at = at.parent) words.unshift(at.name());
    const { code, out, said } = await run(NOWHERE, [...words.slice(1), "--help"]);
    assert.deepEqual({ code, said }, { code: 0, said: [] });
    assert.ok(out.startsWith(`usage: ${words.join(" ")} [-h]`), out);
    assert.ok(out.includes("\noptions:\n  -h, --help            show this help message and exit\n"), out);
    assert.equal(out.includes("--version"), command.parent === null, words.join(" "));
    for (const { description } of [...command.registeredArguments, ...command.shownOptions()]) {
      assert.notEqual(description, "", `${words.join(" ")} has an argument without a word`);
    }
  }
});

Deno.test("every command's help has two examples, and pages that are there", async () => {
  const [, ...commands] = everyCommand();
  for (const command of commands) {
    assert.ok(command.examples.length >= 2, `${command.path} has ${command.examples.length} examples`);
    assert.notEqual(command.page, null, command.path);
    for (const page of command.page!.split(", ")) {
      assert.ok(await Deno.stat(new URL(`../../../${page}`, import.meta.url)), page);
    }
    assert.ok(helpText(command, 80).endsWith(`\nmore: ${command.page}\n`), command.path);
  }
});

Deno.test("no word means two commands, and none is a command itself", () => {
  const commands = everyCommand()[0]!.shownCommands();
  const words = commands.flatMap((command) => command.meantBy);
  assert.deepEqual(words.filter((word, i) => words.indexOf(word) !== i), []);
  assert.deepEqual(words.filter((word) => commands.some((command) => command.name() === word)), []);
});

Deno.test("helpText() writes arguments as usage does", () => {
  const command = new ArgparseCommand("set").description("Set it.")
    .argument("<key>", "its name").argument("[more...]", "others").option("-n, --lines <count>", "how many");
  assert.equal(
    helpText(command, 80),
    `usage: set [-h] [-n COUNT] KEY [MORE ...]

Set it.

positional arguments:
  KEY                   its name
  MORE                  others

options:
  -h, --help            show this help message and exit
  -n, --lines COUNT     how many
`,
  );
});

Deno.test("helpText() keeps to the terminal's columns", () => {
  for (const command of everyCommand()) {
    for (const line of helpText(command, 60).split("\n")) {
      assert.ok(line.length <= 60 || !line.trim().includes(" ") || line.includes("{"), line);
    }
  }
});

Deno.test("helpText() shows a default, and examples last", () => {
  const command = new ArgparseCommand("x").description("Do it.").withExamples(["xcore x -n 1", "do it once"])
    .option("-n, --times <n>", "how often", "3") as ArgparseCommand;
  assert.match(
    helpText(command, 80),
    / {2}-n, --times N {9}how often \(default: 3\)\n\nexamples:\n {2}xcore x -n 1 {10}do it once\n$/,
  );
});

Deno.test("helpText() puts an explanation below flags that are long", () => {
  const command = new ArgparseCommand("x").option("--a-rather-long-option <value>", "what it does");
  assert.match(helpText(command, 80), /\n {2}--a-rather-long-option VALUE\n {24}what it does\n/);
});

Deno.test("xcore help and xcore version are other words for -h and -V", async () => {
  for (
    const [words, same] of [
      ["help", "-h"],
      ["help daemon", "daemon -h"],
      ["help daemon log", "daemon log -h"],
      ["help init aws", "init aws -h"],
      ["version", "-V"],
    ] as const
  ) {
    assert.deepEqual(await run(NOWHERE, words.split(" ")), await run(NOWHERE, same.split(" ")), words);
  }
});

Deno.test("xcore init -h shows each provider the options that have an effect with it", async () => {
  const command = programFor(runtimeIn(NOWHERE), keepingPrinter().printer).program.commands
    .find((one) => one.name() === "init")!.defined();
  const own = (out: string) => new Set([...out.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag));
  const all = own((await run(NOWHERE, ["init", "-h"])).out);
  for (const provider of PROVIDERS) {
    const { out } = await run(NOWHERE, ["init", provider, "-h"]);
    for (const [flag, key] of Object.values(SETTING)) {
      assert.ok(all.has(flag), flag);
      assert.equal(own(out).has(flag), concerns(SETTINGS[key], provider), `${provider} ${flag}`);
      assert.equal(
        out.replace(/\s+/g, " ").includes(`[${flag} `),
        concerns(SETTINGS[key], provider),
        `usage of ${provider} ${flag}`,
      );
    }
  }
  const [ofAws, ofLocal] = [
    await run(NOWHERE, ["init", "aws", "-h"]),
    await run(NOWHERE, ["init", "local", "-h"]),
  ];
  const further = ["--upgrade", "--yes", "--policy"];
  assert.ok([ofAws, ofLocal].every(({ out }) => own(out).has("--set")));
  assert.equal(command.ownOptions().length, Object.keys(SETTING).length + further.length + 1);
  assert.ok(further.every((flag) => own(ofAws.out).has(flag) && !own(ofLocal.out).has(flag)));
});

Deno.test("xcore -V and --version tell which build this is and nothing else", async () => {
  for (const word of ["-V", "--version"]) {
    const { code, out, said } = await run(NOWHERE, [word]);
    assert.deepEqual({ code, said }, { code: 0, said: [] });
    assert.equal(out, `xcore ${VERSION} (from source; Deno ${Deno.version.deno})\n`);
  }
});

Deno.test("--json and --version together are one document, in either order", async () => {
  for (const words of [["--json", "--version"], ["-V", "--json"]]) {
    const { code, out } = await run(NOWHERE, words);
    assert.equal(code, 0);
    const { version, from_source, deno } = JSON.parse(out);
    assert.deepEqual({ version, from_source, deno }, {
      ...{ version: VERSION, from_source: true, deno: Deno.version.deno },
    });
  }
});
