import assert from "node:assert/strict";
import { allOf, needing, programs, reasonIn } from "../../support/needs.ts";

const TESTS = new URL("../../", import.meta.url).pathname;
const body = () => Promise.resolve();

/** Runs `look` on a machine that has these programs alone. */
async function onlyWith<T>(names: readonly string[], look: () => T): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-needs-" });
  const path = Deno.env.get("PATH")!;
  try {
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "", { mode: 0o755 });
    Deno.env.set("PATH", folder);
    return look();
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("programs() says what is not installed, and what to type for all of it", async () => {
  const lack = (...names: string[]) => onlyWith(["zsh"], () => programs(...names));
  assert.equal(await lack("zsh"), null);
  assert.equal(await lack("tmux"), "tmux is not installed: apt install tmux");
  assert.equal(await lack("tmux", "zsh", "fish"), "tmux and fish are not installed: apt install tmux fish");
  assert.equal(
    await lack("systemctl", "loginctl", "cc"),
    "systemctl, loginctl and cc are not installed: apt install systemd gcc",
  );
  assert.equal(
    await lack("terraform"),
    "terraform is not installed: see https://developer.hashicorp.com/terraform/install",
  );
  assert.equal(
    await lack("tmux", "terraform"),
    "tmux and terraform are not installed: apt install tmux, see https://developer.hashicorp.com/terraform/install",
  );
});

Deno.test("programs() takes files by their full path, and no program that it could not say how to get", async () => {
  assert.throws(() => programs("no-such-program"), /does not say how to get no-such-program/);
  const path = "/usr/share/bash-completion/bash_completion";
  const there = await Deno.stat(path).then(() => true, () => false);
  assert.equal(programs(path), there ? null : `${path} is not installed: apt install bash-completion`);
});

Deno.test("needing() is skipped where something is missing, and its name carries the reason", () => {
  assert.deepEqual(needing(null, "it works (on Linux)", body), { name: "it works (on Linux)", fn: body });
  const skipped = needing("tmux is not installed: apt install tmux", "it works (on Linux)", body);
  assert.equal(skipped.ignore, true);
  assert.deepEqual(reasonIn(skipped.name), {
    name: "it works (on Linux)",
    reason: "tmux is not installed: apt install tmux",
  });
  assert.deepEqual(reasonIn("it works (on Linux)"), { name: "it works (on Linux)", reason: "" });
});

Deno.test("allOf() is one lack of several, each told once", () => {
  assert.equal(allOf([null, null]), null);
  assert.equal(allOf(["a: b", null, "c: d", "a: b"]), "a: b; c: d");
});

Deno.test("no test is ignored but by needing(), which gives a reason", async () => {
  const found: string[] = [];
  for await (const path of sources(TESTS)) {
    const text = await Deno.readTextFile(path);
    if (/\bignore:|\.ignore\(/.test(text)) {
      found.push(path.slice(TESTS.length));
    }
  }
  assert.deepEqual(found, ["support/needs.ts"]);
});

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts") && name !== "needs_test.ts") yield folder + name;
  }
}
