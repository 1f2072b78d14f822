import assert from "node:assert/strict";
import { removeUnused, withKeptDeno } from "../../../tools/kept_deno.ts";

/** A folder with a Deno of two versions, both small. */
async function withFolder(
  body: (folder: string, launcher: (name: string, deno: string) => Promise<void>) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-kept-" }));
  try {
    for (const version of ["1", "2"]) {
      await Deno.writeTextFile(`${folder}/deno-${version}`, `Deno ${version}`);
    }
    await body(folder, async (name, version) => {
      const write = (deno: string) => Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\nexec '${deno}'\n`);
      await withKeptDeno(`${folder}/${name}`, write, `${folder}/kept`, `${folder}/deno-${version}`);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textsKept(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${folder}/kept`), ({ name }) => name);
  const folders = names.filter((name) => name !== "lock");
  return (await Promise.all(folders.map((name) => Deno.readTextFile(`${folder}/kept/${name}/deno`)))).sort();
}

Deno.test("a launcher's Deno stays when the one that compiled goes, and is made whole again", async () => {
  await withFolder(async (folder, launcher) => {
    await launcher("xcore", "1");
    const [, deno] = /'(.*)'/.exec(await Deno.readTextFile(`${folder}/xcore`))!;
    assert.match(deno!, new RegExp(`/${Deno.version.deno}-[0-9a-f]{16}/deno$`));
    assert.equal((await Deno.stat(deno!)).mode! & 0o777, 0o755);
    await Deno.writeTextFile(deno!, "cut o");
    await launcher("xcore", "1");
    await Deno.remove(`${folder}/deno-1`);
    assert.deepEqual(await textsKept(folder), ["Deno 1"]);
  });
});

Deno.test("copies are kept for as long as a launcher runs them, and no longer", async () => {
  await withFolder(async (folder, launcher) => {
    await launcher("a", "1");
    await launcher("b", "1");
    await launcher("a", "2");
    assert.deepEqual(await textsKept(folder), ["Deno 1", "Deno 2"]);
    await launcher("b", "2");
    assert.deepEqual(await textsKept(folder), ["Deno 2"]);
    await Deno.writeTextFile(`${folder}/a`, "\x7fELF a compiled program");
    await removeUnused(`${folder}/kept`);
    assert.deepEqual(await textsKept(folder), ["Deno 2"]);
    await Deno.remove(`${folder}/b`);
    await removeUnused(`${folder}/kept`);
    assert.deepEqual(await textsKept(folder), []);
  });
  await removeUnused("/nonexistent/kept");
});

Deno.test("many launchers may be made at the same time", async () => {
  await withFolder(async (folder, launcher) => {
    const names = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(names.map((name, i) => launcher(name, i % 2 === 0 ? "1" : "2")));
    assert.deepEqual(await textsKept(folder), ["Deno 1", "Deno 2"]);
    for (const name of names) {
      const [, deno] = /'(.*)'/.exec(await Deno.readTextFile(`${folder}/${name}`))!;
      assert.ok((await Deno.stat(deno!)).isFile, name);
    }
  });
});

Deno.test("where no copy can be kept, the error names the folder and what to set", async () => {
  await withFolder(async (folder) => {
    const kept = `${folder}/deno-1/kept`;
    const made = withKeptDeno(`${folder}/xcore`, () => Promise.resolve(), kept, `${folder}/deno-1`);
    await assert.rejects(made, { message: /^no copy of Deno can be kept in /, hint: /XDG_CACHE_HOME/ });
  });
});
