import assert from "node:assert/strict";
import { NotFoundError } from "../../../lib/errors.ts";
import { daemonProgram } from "../../../lib/service/daemon_program.ts";
import { failure } from "../config/_home.ts";
import { fakeMachine } from "./_machine.ts";

/** A machine whose PATH leads by a link to version 1 of two that are installed. */
async function withVersions(self: (folder: string) => readonly string[] | null, bin = "") {
  const machine = await fakeMachine();
  const { folder, runtime } = machine;
  for (const version of ["1", "2"]) {
    await Deno.mkdir(`${folder}/opt/${version}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/opt/${version}/xcore`, `version ${version}`.repeat(Number(version)));
  }
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink("../opt/1/xcore", `${folder}/bin/xcore`);
  const env: Record<string, string> = { PATH: `relative:${folder}/empty:${folder}/bin`, XCORE_BIN: bin };
  const seen = { ...runtime, self: self(folder), env: (name: string) => env[name] || undefined };
  return { ...machine, program: () => daemonProgram(seen) };
}

Deno.test("daemonProgram() names the link on PATH that leads to this program, which stays when versions go", async () => {
  const machine = await withVersions((folder) => [`${folder}/opt/1/xcore`]);
  await using _ = machine;
  const before = await machine.program();
  assert.deepEqual(before.command, [`${machine.folder}/bin/xcore`]);
  await Deno.remove(`${machine.folder}/bin/xcore`);
  await Deno.symlink("../opt/2/xcore", `${machine.folder}/bin/xcore`);
  const upgraded = await withoutSelf(machine);
  assert.deepEqual(upgraded.command, before.command);
  assert.notEqual(upgraded.build, before.build);
});

function withoutSelf({ runtime, folder }: Awaited<ReturnType<typeof withVersions>>) {
  return daemonProgram({
    ...runtime,
    self: null,
    env: (name) => name === "PATH" ? `${folder}/bin` : undefined,
  });
}

Deno.test("daemonProgram() is this very program where PATH leads to another", async () => {
  const machine = await withVersions((folder) => [`${folder}/opt/2/xcore`]);
  await using _ = machine;
  assert.deepEqual((await machine.program()).command, [`${machine.folder}/opt/2/xcore`]);
});

Deno.test("daemonProgram() keeps the arguments of a program that Deno runs", async () => {
  const machine = await withVersions(() => ["/usr/bin/deno", "run", "-A", "/src/main.ts"]);
  await using _ = machine;
  assert.deepEqual((await machine.program()).command, ["/usr/bin/deno", "run", "-A", "/src/main.ts"]);
});

Deno.test("daemonProgram() tells builds of a script apart by its text, whatever its time", async () => {
  const machine = await withVersions((folder) => [`${folder}/opt/1/xcore`]);
  await using _ = machine;
  const path = `${machine.folder}/opt/1/xcore`;
  const buildOf = async (text: string, mtime: Date) => {
    await Deno.writeTextFile(path, text);
    await Deno.utime(path, mtime, mtime);
    return (await machine.program()).build;
  };
  const [day, nextDay] = [new Date(0), new Date(86_400_000)];
  const first = await buildOf("#!/bin/sh\n# build: 1\n", day);
  assert.equal(await buildOf("#!/bin/sh\n# build: 1\n", nextDay), first);
  assert.notEqual(await buildOf("#!/bin/sh\n# build: 2\n", day), first);
  const compiled = await buildOf("\x7fELF", day);
  assert.notEqual(await buildOf("\x7fELF", nextDay), compiled);
});

Deno.test("daemonProgram() knows what a link leads to and what a script runs", async () => {
  const machine = await withVersions((folder) => [`${folder}/opt/1/xcore`]);
  await using _ = machine;
  const real = `${machine.folder}/opt/1/xcore`;
  await Deno.writeTextFile(
    real,
    '#!/bin/sh\ndeno=\'/home/a b/deno\'\nexec /opt/deno run "/tmp/x y/main.js" "$@"\n',
  );
  const { files } = await machine.program();
  for (
    const file of [`${machine.folder}/bin/xcore`, real, "/home/a b/deno", "/opt/deno", "/tmp/x y/main.js"]
  ) {
    assert.ok(files.includes(file), `${file} in ${files}`);
  }
});

Deno.test("XCORE_BIN comes first, as a path or as a name on PATH", async () => {
  const named = await withVersions(() => ["/other"], "xcore");
  await using _ = named;
  assert.deepEqual((await named.program()).command, [`${named.folder}/bin/xcore`]);
  const path = await withVersions(() => ["/other"], "./dist/xcore");
  await using __ = path;
  assert.deepEqual((await path.program()).command, [`${Deno.cwd()}/dist/xcore`]);
});

Deno.test("daemonProgram() of a script with no xcore about says what to set", async () => {
  await using machine = await fakeMachine();
  const error = await failure(daemonProgram({ ...machine.runtime, self: null }));
  assert.ok(error instanceof NotFoundError);
  assert.match(error.hint, /XCORE_BIN/);
});
