import assert from "node:assert/strict";
import { XcoreError } from "../../../lib/errors.ts";
import { show } from "../../../tools/_demo.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Shows the demo with an `xcore` that is this shell script; returns the error, and what was typed. */
async function shownWith(...script: string[]): Promise<{ error: XcoreError; typed: string[]; home: string }> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-demo-test-" });
  try {
    const xcore = `${folder}/xcore`;
    const log = `echo "$XCORE_HOME $@" >>'${folder}/typed'`;
    const init = '[ "$1" != init ] || { mkdir "$XCORE_HOME" && : >"$XCORE_HOME/config.yaml"; }';
    await Deno.writeTextFile(xcore, ["#!/bin/sh", log, init, ...script, ""].join("\n"), { mode: 0o755 });
    const scene = { init: ["local"], xcore, python: `${folder}/env/bin/python`, env: {} };
    const error = await show(scene).then(() => assert.fail("it was shown"), (error) => error);
    assert.ok(error instanceof XcoreError, String(error));
    const lines = (await Deno.readTextFile(`${folder}/typed`)).trimEnd().split("\n");
    const [home = ""] = lines[0]!.split(" ");
    return { error, home, typed: lines.map((line) => line.slice(home.length + 1)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("a command of the demo that fails is named, and the cluster is shut down", async () => {
  const { error, typed, home } = await shownWith('[ "$1" != start ] || { echo no room >&2; exit 1; }');
  assert.equal(error.message, "`xcore start` ended with exit code 1");
  assert.match(error.hint, /above/);
  assert.equal(typed.filter((line) => line === "start").length, 1);
  assert.equal(typed.at(-1), "shutdown --yes");
  assert.ok(!await exists(home.replace("/.xcore", "")), "its folder is left");
});

Deno.test("where another has taken the ports since init, the demo types others, and starts", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { error, typed } = await shownWith(
    `[ "$*" != "config get scheduler_port" ] || echo ${taken.addr.port}`,
    '[ "$*" != "config get dashboard_port" ] || echo 0', // any that is free
    '[ "$1" != start ] || [ $(grep -c " start$" "$(dirname "$0")/typed") -gt 1 ] || exit 1',
    '[ "$1" != status ] || exit 9',
  );
  assert.equal(error.message, "`xcore status` ended with exit code 9");
  const set = /^config set scheduler_port (\d+) dashboard_port (\d+)$/m.exec(typed.join("\n"));
  const [port, next] = set?.slice(1) ?? assert.fail(typed.join("\n"));
  assert.equal(Number(next), Number(port) + 1);
  assert.equal(typed.filter((line) => line === "start").length, 2);
});

Deno.test("nothing is shut down where the demo could not even write a configuration", async () => {
  const { error, typed } = await shownWith("rm -r $XCORE_HOME; exit 4");
  assert.equal(error.message, "`xcore init local` ended with exit code 4");
  assert.deepEqual(typed, ["init local"]);
});

Deno.test("a cluster that cannot be shut down keeps its folder, and the hint has what ends it", async () => {
  const { error, home } = await shownWith('[ "$1" != start ] && [ "$1" != shutdown ] || exit 1');
  try {
    assert.equal(error.message, "the demo's cluster is not shut down");
    assert.match(error.hint, new RegExp(`^Type: XCORE_HOME=${home} \\S+/xcore shutdown$`));
    assert.ok(await exists(`${home}/config.yaml`));
  } finally {
    await Deno.remove(home.replace("/.xcore", ""), { recursive: true });
  }
});

Deno.test("a demo that cannot begin says so in two lines, without a stack", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--cached-only", "tools/demo_clouds.ts", "mars"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(
    new TextDecoder().decode(stderr),
    "Cannot show the demo: there is no cloud mars\n" +
      "Type `deno task demo:aws` or `deno task demo:gcp`.\n",
  );
  assert.equal(code, 2);
});

Deno.test("the demo on this machine loads nothing of the tests, nor any package", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "tools/demo.ts"],
    cwd: ROOT,
  }).output();
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: { specifier: string; dependencies?: { code?: { specifier: string } }[] }[];
  };
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    const { dependencies = [] } = modules.find((module) => module.specifier === specifier) ?? {};
    for (const { code } of dependencies) if (code) loaded.add(code.specifier);
  }
  assert.ok(loaded.size > 5, [...loaded].join("\n"));
  assert.deepEqual([...loaded].filter((specifier) => /\/tests\/|npm:/.test(specifier)), []);
});
