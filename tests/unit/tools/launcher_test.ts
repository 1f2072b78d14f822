import assert from "node:assert/strict";
import { ASIDE, launched, LAUNCHER, SET_ASIDE } from "../../../lib/launched.ts";
import { launcherText, unfollowed } from "../../../tools/launcher.ts";

/** What prints, in the place of Deno, how it was run. */
const RECORDER = `#!/bin/sh
printf 'argument=%s\\0' "$@"
env -0
`;

/** A launcher with a Deno that only tells how it was run. */
class Launched implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** @param name of the folder that the launcher is in */
  static async in(name: string): Promise<Launched> {
    const top = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-launcher-" }));
    const made = new Launched(`${top}/${name}`);
    await Deno.mkdir(`${made.folder}/bin`, { recursive: true });
    await Deno.mkdir(`${made.folder}/share`);
    await Deno.writeTextFile(`${made.folder}/bin/deno`, RECORDER, { mode: 0o755 });
    await Deno.writeTextFile(`${made.folder}/share/main.js`, "");
    await Deno.writeTextFile(`${made.folder}/bin/xcore`, launcherText(PARTS), { mode: 0o755 });
    return made;
  }

  get launcher(): string {
    return `${this.folder}/bin/xcore`;
  }

  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = "/") {
    const [program = "", ...args] = command;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      ...{ args, cwd, clearEnv: true, env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...env } },
    }).output();
    const decoder = new TextDecoder();
    const lines = decoder.decode(stdout).split("\0").slice(0, -1);
    const given = lines.filter((line) => line.startsWith("argument=")).map((line) =>
      line.slice("argument=".length)
    );
    const inner = new Map(
      lines.filter((line) => !line.startsWith("argument=")).map((line) => {
        const end = line.indexOf("=");
        return [line.slice(0, end), line.slice(end + 1)] as const;
      }),
    );
    const main = given.findIndex((word) => word.endsWith("main.js"));
    return {
      ...{ code, stderr: decoder.decode(stderr), environment: inner },
      /** Deno's arguments, up to the bundle. */
      flags: given.slice(0, main),
      bundle: given[main],
      /** The program's arguments. */
      args: given.slice(main + 1),
    };
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const PARTS = { bundle: "../share/main.js", deno: "deno", build: "1", repair: "Install it again." };
const ODD_NAMES = ["plain", "a b", "$HOME `id`", "'quoted\" \\", "line\nbreak\n", "-V", "50%41#?"];

Deno.test("the launcher refuses an argument that is not UTF-8, on which Deno would panic", async () => {
  await using made = await Launched.in("plain");
  const byPrintf = (octal: string) => ["sh", "-c", `exec "$0" status "$(printf '${octal}')"`, made.launcher];
  const { code, stderr } = await made.run(byPrintf("a\\377"));
  assert.equal(code, 2, stderr);
  assert.equal(stderr.trimEnd().split("\n").length, 2);
  const { args } = await made.run(byPrintf("\\303\\251"));
  assert.deepEqual(args.slice(-2), ["status", "é"]);
});

Deno.test("a launcher finds its parts wherever it is, and by links that lead to it", async () => {
  for (const name of ODD_NAMES) {
    await using made = await Launched.in(name);
    const { folder, launcher } = made;
    await Deno.symlink("bin/xcore", `${folder}/inner\n`);
    await Deno.symlink("inner\n", `${folder}/outer`);
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink(`${folder}/outer`, `${folder}/elsewhere/xcore`);
    await Deno.symlink("bin", `${folder}/way`);
    const ways: readonly (readonly [string[], string, Record<string, string>?])[] = [
      [[launcher], "/"],
      [["./xcore"], `${folder}/bin`],
      [["../bin/xcore"], `${folder}/share`],
      [[`${folder}/outer`], "/"],
      [["./outer"], folder],
      [["elsewhere/xcore"], folder],
      [[`${folder}/way/xcore`], "/"],
      [["sh", "xcore"], `${folder}/bin`],
      ...(name.includes("\n") || name.includes(":") ? [] : [
        [["sh", "-c", "xcore"], "/", { PATH: `${folder}/elsewhere:/usr/bin:/bin` }] as const,
      ].map(([command, cwd, env]) =>
        [[...command], cwd, { ...env }] as [string[], string, Record<string, string>]
      )),
    ];
    for (const [command, cwd, env] of ways) {
      const { code, bundle, args, stderr } = await made.run(command, env, cwd);
      const what = JSON.stringify([name, command]);
      assert.equal(code, 0, `${what}: ${stderr}`);
      assert.equal(await Deno.realPath(bundle!), `${folder}/share/main.js`, what);
      assert.deepEqual(args, [`${LAUNCHER}${launcher}`], what);
    }
  }
});

Deno.test("a launcher runs in each of the shells that may be /bin/sh", async () => {
  await using made = await Launched.in("$odd 'name'\n");
  for (
    const shell of [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["mksh"], [
      "yash",
    ]]
  ) {
    const ran = await made.run([...shell, made.launcher, "a b", "", "$c"], { HOME: "/h o", DENO_DIR: "$d" })
      .catch((error) => {
        if (error instanceof Deno.errors.NotFound) return null; // not installed
        throw error;
      });
    if (ran === null) continue;
    assert.equal(ran.code, 0, `${shell}: ${ran.stderr}`);
    assert.deepEqual(ran.args, [`${LAUNCHER}${made.launcher}`, "a b", "", "$c"], shell.join(" "));
    assert.equal(ran.environment.get(`${ASIDE}HOME`), "/h o", shell.join(" "));
    assert.equal(ran.environment.get(`${ASIDE}DENO_DIR`), "$d", shell.join(" "));
  }
});

Deno.test("called as xcore-init by a link, a launcher puts init before the arguments", async () => {
  await using made = await Launched.in("init");
  await Deno.symlink("xcore", `${made.folder}/bin/xcore-init`);
  const { args } = await made.run([`${made.folder}/bin/xcore-init`, "local", "--python", "/p"]);
  assert.deepEqual(args, [`${LAUNCHER}${made.launcher}`, "init", "local", "--python", "/p"]);
});

Deno.test("a launcher whose Deno or bundle is gone says what to type, and ends with 4", async () => {
  for (const gone of ["bin/deno", "share/main.js"]) {
    await using made = await Launched.in("gone");
    await Deno.remove(`${made.folder}/${gone}`);
    const { code, stderr } = await made.run([made.launcher, "status"]);
    assert.equal(code, 4);
    assert.match(stderr, /^Cannot run xcore: there is no \/.*\/(deno|main\.js)\nInstall it again\.\n$/);
  }
});

Deno.test("the program finds the environment as its launcher did, whatever a stranger has set", async () => {
  await using made = await Launched.in("environment");
  const given: Readonly<Record<string, string>> = {
    ...{ HOME: "/home/a b", DENO_DIR: "/x\ny", DENO_V8_FLAGS: "--bogus $(id)", DENO_NO_UPDATE_CHECK: "" },
    ...{ DENO_TLS_CA_STORE: "system", XCORE_HOME: "/h" },
  };
  for (const env of [given, {}]) {
    const stale = {
      [`${ASIDE}HOME`]: "/evil",
      [`${ASIDE}DENO_COVERAGE_DIR`]: "/evil",
      XDG_CACHE_HOME: "/caches",
    };
    const { environment, args } = await made.run([made.launcher, "-V"], { ...env, ...stale });
    assert.equal(environment.get("HOME"), `${made.folder}/bin/../share`);
    assert.equal(environment.get("DENO_DIR"), "/caches/xcore/modules");
    assert.equal(environment.get("DENO_NO_UPDATE_CHECK"), "1");
    assert.equal(environment.has("DENO_V8_FLAGS"), false);

    const found = launched(args, {
      get: (name) => environment.get(name),
      set: (name, value) => void environment.set(name, value),
      delete: (name) => void environment.delete(name),
    });
    assert.deepEqual(found, { launcher: made.launcher, words: ["-V"] });
    for (const name of ["PATH", "PWD", "OLDPWD", "SHLVL", "_", "XDG_CACHE_HOME"]) environment.delete(name);
    assert.deepEqual(Object.fromEntries(environment), env);
  }
});

Deno.test("launched() touches nothing where no launcher has run", () => {
  const untouchable = () => assert.fail("the environment was touched");
  const environment = { get: untouchable, set: untouchable, delete: untouchable };
  assert.deepEqual(launched(["status", `${LAUNCHER}/evil`], environment), {
    launcher: null,
    words: ["status", `${LAUNCHER}/evil`],
  });
  assert.deepEqual(launched([], environment), { launcher: null, words: [] });
  assert.ok(SET_ASIDE.includes("HOME"));
});

Deno.test("unfollowed() hides the names of a bundle's parts from Deno, and of nothing else", () => {
  assert.equal(
    unfollowed('import{a}from"./a.js";b=await import("./b.js");c=import("node:http");d=reimport("./d.js")'),
    'import{a}from"./a.js";b=await import((0,"./b.js"));c=import("node:http");d=reimport("./d.js")',
  );
});
