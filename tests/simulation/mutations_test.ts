import assert from "node:assert/strict";
import { mutantsOf } from "./_mutants.ts";
import { MUTATIONS } from "./_mutations.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("each deliberate bug has one place in the sources, and compiles", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-mutants-" });
  try {
    for (const name of ["deno.json", "deno.lock"]) await Deno.copyFile(ROOT + name, `${folder}/${name}`);
    await copyFolder("lib", folder);
    const files = mutantsOf(MUTATIONS).flatMap((mutants, i) =>
      mutants.map(({ file, text }) => {
        const path = file.replace(/\.ts$/, `.mutant_${i}.ts`); // beside the original: its imports hold
        Deno.writeTextFileSync(`${folder}/${path}`, text);
        return path;
      })
    );
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", ...files],
      cwd: folder,
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an edit without a place of its own is refused", () => {
  const edit = { within: "plan/isProvenGone", at: "ReturnStatement > *", say: () => "true" };
  const broken = [{ ...edit, within: "plan/noSuchFunction" }, { ...edit, at: "BinaryExpression" }];
  assert.equal(mutantsOf([{ name: "whole", edits: [edit] }])[0]?.length, 1);
  for (const wrong of broken) {
    assert.throws(() => mutantsOf([{ name: "broken", edits: [wrong] }]), /broken: not one place/);
  }
});

Deno.test("there are many deliberate bugs, each with a name of its own", () => {
  assert.ok(MUTATIONS.length >= 15);
  assert.equal(new Set(MUTATIONS.map(({ name }) => name)).size, MUTATIONS.length);
});

async function copyFolder(path: string, into: string): Promise<void> {
  await Deno.mkdir(`${into}/${path}`);
  for await (const { name, isDirectory } of Deno.readDir(ROOT + path)) {
    if (isDirectory) await copyFolder(`${path}/${name}`, into);
    else await Deno.copyFile(`${ROOT}${path}/${name}`, `${into}/${path}/${name}`);
  }
}
