import assert from "node:assert/strict";
import { join } from "node:path";
import { WANTED } from "../../../lib/python/python_environment.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { DEMO, NoPythonError, pythonEnvironment, type Wish } from "../../../tools/python_env.ts";
import { type Machine, machine } from "../../support/machine.ts";
import { testPython } from "../../support/test_python.ts";

const DEBIAN = 'ID=debian\nVERSION_ID="12"\n';
const ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n';

/** A machine of this kind, with nothing on PATH. */
async function on(osRelease: string | null, os: "linux" | "darwin" = "linux"): Promise<Machine> {
  return await machine({
    os,
    files: {
      readTextIfExists: async (path) =>
        path === "/etc/os-release" ? osRelease : await Deno.readTextFile(path).catch(() => null),
    },
  });
}

/** Puts a Python on PATH that answers as one does. */
async function hasPython(here: Machine, version: string, hasVenv = true): Promise<string> {
  const minor = version.split(".").slice(0, 2).join(".");
  const path = join(here.dir, "bin/python3");
  const venv = hasVenv ? "True" : "False";
  return await here.script("bin/python3", `printf '%s\\n' ${version} ${minor} ${venv} ${path}`);
}

async function refusal(runtime: Runtime, wish: Wish = DEMO): Promise<[message: string, hint: string]> {
  const error = await pythonEnvironment(wish, runtime).then(
    () => assert.fail("it was made"),
    (error) => error,
  );
  assert.ok(error instanceof NoPythonError, String(error));
  return [error.message, error.hint];
}

Deno.test("without any Python, one line says so and the next what to type on this system", async () => {
  const none = "there is no Python 3.11 or newer on PATH";
  for (
    const [release, os, line] of [
      [DEBIAN, "linux", "sudo apt install python3-venv"],
      [ROCKY, "linux", "sudo dnf install python3"],
      [null, "darwin", "brew install python"],
    ] as const
  ) {
    await using here = await on(release, os);
    assert.deepEqual(await refusal(here.runtime), [none, `Install it, then run the command again: ${line}`]);
  }
});

Deno.test("a Python without venv is named with the package that has it", async () => {
  await using here = await on(DEBIAN);
  const python = await hasPython(here, "3.12.3", false);
  assert.deepEqual(await refusal(here.runtime), [
    `${python}, Python 3.12.3, comes without its venv module`,
    "Install it, then run the command again: sudo apt install python3.12-venv",
  ]);
});

Deno.test("where the system's Python is too old, the line installs a newer one beside it", async () => {
  for (
    const [release, line] of [
      [DEBIAN, "sudo apt install python3.11-venv"],
      [ROCKY, "sudo dnf install python3.11"],
    ] as const
  ) {
    await using here = await on(release);
    const python = await hasPython(here, "3.9.18");
    assert.deepEqual(await refusal(here.runtime), [
      `${python} is Python 3.9.18, and 3.11 or newer is needed`,
      `Install it, then run the command again: ${line}`,
    ]);
  }
});

Deno.test("what is called python3 and is not, or cannot be run, is passed over", async () => {
  await using here = await on(DEBIAN);
  await here.script("bin/python3", "echo no such command >&2; exit 127");
  await here.write("bin/python3.13", "", 0o644);
  assert.match((await refusal(here.runtime))[0], /^there is no Python 3\.11/);
});

Deno.test("an index that cannot be reached is named in one line", async () => {
  await using here = await machine();
  // It makes, in a moment, an environment with the real pip, to which nothing is installed.
  await here.script(
    "bin/python3",
    `[ "$1" = -m ] || { printf '%s\\n' 3.11.7 3.11 True "$0"; exit; }`,
    "for folder; do :; done",
    "PATH=/usr/bin:/bin",
    `mkdir -p "$folder/bin"`,
    `printf '#!/bin/sh\\nexec "${testPython()}" "$@"\\n' >"$folder/bin/python"`,
    `chmod +x "$folder/bin/python"`,
  );
  // A port that nothing listens on.
  Object.assign(here.vars, {
    ...{ PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_RETRIES: "0", PIP_FIND_LINKS: "" },
    PIP_TARGET: join(here.dir, "packages"),
  });
  await assert.rejects(pythonEnvironment(DEMO, here.runtime), {
    message:
      "Cannot install the packages of tools/demo_requirements.txt: the package index cannot be reached",
    hint: /^Check the network, .*, then run the command again\.$/,
  });
});

// Which packages a Python or a system wants is in what the packages say of themselves.
const CLOSURE = `
import re, sys
from importlib.metadata import requires, version
from packaging.requirements import Requirement
plain = lambda name: re.sub("[-_.]+", "-", name).lower()
found = {}
def walk(name, extras, environment):
    if (plain(name), extras) in seen: return
    seen.add((plain(name), extras))
    found[plain(name)] = version(name)
    for line in requires(name) or []:
        wanted = Requirement(line)
        if any(not wanted.marker or wanted.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)):
            walk(wanted.name, tuple(sorted(wanted.extras)), environment)
for minor in ("3.11", "3.12", "3.13", "3.14"):
    for platform, system in (("linux", "Linux"), ("darwin", "Darwin")):
        seen = set()
        for name in sys.argv[1:]:
            walk(name, (), {"python_version": minor, "python_full_version": minor + ".0", "sys_platform": platform,
                            "platform_system": system})
for name in sorted(found): print(f"{name}=={found[name]}")
`;

Deno.test("the demo's list is what xcore init installs, with all that it needs on Linux and macOS, and no more", async () => {
  const { stdout, stderr } = await new Deno.Command(testPython(), { args: ["-c", CLOSURE, ...WANTED] })
    .output();
  const text = await Deno.readTextFile(new URL("../../../tools/demo_requirements.txt", import.meta.url));
  const listed = text.split("\n").filter((line) => line.includes("=="))
    .map((line) => line.toLowerCase().replaceAll(/[-_.]+(?=.*==)/g, "-")).sort();
  const needed = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.deepEqual(listed, needed, new TextDecoder().decode(stderr));
});
