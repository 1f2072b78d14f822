import assert from "node:assert/strict";
import { commandLine, optionNamed, withOthersApart } from "../../../lib/cli/command_line.ts";
import type { ArgparseCommand } from "../../../lib/cli/argparse_command.ts";
import { programFor } from "../../../lib/cli/main.ts";
import { commandReference } from "../../../tools/command_reference.ts";
import { manPage } from "../../../tools/man_page.ts";
import { ENVIRONMENT, manual } from "../../../tools/manual.ts";
import { troubleshooting } from "../../../tools/troubleshooting.ts";
import { needing, programs } from "../../support/needs.ts";
import { keepingPrinter } from "../cli/_printer.ts";
import { runtimeIn } from "../cli/_run.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What systemd, a shell or xcore itself sets; or what only names where another variable's value is. */
const OF_NO_PERSON = [
  "TERRAFORM_CONFIG",
  ...["HOME", "USER", "NOTIFY_SOCKET", "WATCHDOG_USEC", "XCORE_UNIT", "WSL_DISTRO_NAME"],
  ...["XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "ZDOTDIR"],
  ...["AWS_ENDPOINT_URL_EC2", "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT"],
];

function program(): ArgparseCommand {
  return programFor(runtimeIn("/nonexistent"), keepingPrinter().printer).program;
}

/** A page of roff as a reader sees it, in a single line. */
function readable(page: string): string {
  const characters: Readonly<Record<string, string>> = {
    "-": "-",
    "(aq": "'",
    "(dq": '"',
    "(ti": "~",
    e: "\\",
  };
  return page.replaceAll(/\\f[BR]/g, "").replaceAll(/\\(-|\(\w\w|e)/g, (_, name) => characters[name] ?? "")
    .replaceAll("\n", " ");
}

function everyCommand(from: ArgparseCommand): ArgparseCommand[] {
  return [from, ...from.shownCommands().flatMap(everyCommand)];
}

Deno.test("docs/commands.md is what the commands say of themselves", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/commands.md`);
  assert.ok(page === commandReference(), "it is stale: run `deno task commands`");
});

Deno.test("page and manual have every command, argument, option and example", () => {
  const texts = { "docs/commands.md": commandReference(), "xcore.1": readable(manPage("2026-11-29")) };
  for (const command of everyCommand(program())) {
    const words = [
      command.path,
      ...command.shownOptions().flatMap(({ long, explanation }) => [long!, explanation]),
      ...command.registeredArguments.map(({ description }) => description),
      ...command.examples.flat(),
    ];
    for (const [name, text] of Object.entries(texts)) {
      for (const word of words) {
        assert.ok(text.replaceAll("`", "").includes(word.replaceAll("`", "")), `${name}: ${word}`);
      }
    }
  }
});

Deno.test("every example is a command line that its command takes", () => {
  for (const command of everyCommand(program())) {
    for (const [example] of command.examples) {
      const typed = /(?:^|\$\()(xcore [^)"|]*)/.exec(example)?.[1]?.trim();
      assert.ok(typed, example);
      const words = withOthersApart(program(), typed.split(" ").slice(1));
      const line = commandLine(program(), words);
      assert.ok(line.command.path.startsWith(command.path), `${example} is of ${line.command.path}`);
      for (const word of words.slice(0, words.includes("--") ? words.indexOf("--") : undefined)) {
        if (word.startsWith("-")) assert.ok(optionNamed(line.command, word), `${example}: ${word}`);
      }
      const { registeredArguments } = line.command;
      const isWhole = words.includes("-h") ||
        line.args.length >= registeredArguments.filter(({ required }) => required).length;
      const isTooLong = line.args.length > registeredArguments.length &&
        !registeredArguments.at(-1)?.variadic;
      assert.ok(isWhole && !isTooLong && line.awaiting === null, example);
    }
  }
});

Deno.test("what docs/troubleshooting.md says to type are commands, with options that these have", () => {
  const typed = [...troubleshooting().matchAll(/`xcore ([^`]*)`/g)].map(([, words]) => words!.split(" "));
  assert.ok(typed.length > 50);
  const whole = program();
  for (const words of typed) {
    const { command } = commandLine(whole, withOthersApart(whole, words));
    const options = words.filter((word) => word.startsWith("-"));
    assert.ok(command !== whole || options.length === words.length, `xcore ${words.join(" ")}`);
    for (const option of options) {
      assert.ok(optionNamed(command, option), `xcore ${words.join(" ")}: ${option}`);
    }
  }
});

Deno.test("the manual has every variable that the program asks for, and no other of xcore's", async () => {
  const texts = await Array.fromAsync(sources(`${ROOT}lib`), (path) => Deno.readTextFile(path));
  const read = new Set(
    texts.flatMap((text) => [...text.matchAll(/\benv\("(\w+)"\)/g)].map(([, name]) => name!)),
  );
  assert.ok(read.size > 15);
  const known = Object.keys(ENVIRONMENT);
  assert.deepEqual([...read].filter((name) => !known.includes(name) && !OF_NO_PERSON.includes(name)), []);
  const all = texts.join("\n");
  assert.deepEqual(known.filter((name) => name.startsWith("XCORE_") && !read.has(name)), []);
  assert.deepEqual(
    known.filter((name) => !all.includes(name) && !["AWS_PROFILE", "HTTPS_PROXY"].includes(name)),
    [],
  );
});

Deno.test("the manual's files are below $XCORE_HOME, each with its content", () => {
  const { files } = manual();
  assert.ok(files.length > 10);
  for (const [path, about] of files) assert.match(`${path} ${about}`, /^\$XCORE_HOME\/\S+ \S.*\.$/);
});

Deno.test("manPage() names what roff would take for its own", () => {
  const page = manPage("2026-11-29");
  assert.match(page, /^\.TH XCORE 1 "2026-11-29" "xcore \d+\.\d+\.\d+" "User Commands"\n/);
  assert.deepEqual(
    page.split("\n").filter((line) => /^['.]/.test(line) && !/^\.(TH|SH|SS|PP|TP)\b/.test(line)),
    [],
  );
  assert.doesNotMatch(page, /[^\x20-\x7e\n]|[^\\](?:\\\\)*`/);
});

Deno.test(
  needing(
    programs("mandoc"),
    "mandoc finds no fault in the manual page",
    async () => {
      const path = await Deno.makeTempFile({ suffix: ".1" });
      try {
        await Deno.writeTextFile(path, manPage("2026-11-29"));
        const { stdout, code } = await new Deno.Command("mandoc", { args: ["-Tlint", path] }).output();
        assert.deepEqual([new TextDecoder().decode(stdout), code], ["", 0]);
      } finally {
        await Deno.remove(path);
      }
    },
  ),
);

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sources(path);
    else if (name.endsWith(".ts") && name !== "_embedded.ts") yield path;
  }
}
