import assert from "node:assert/strict";
import { MUTATIONS } from "./_mutations.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("each deliberate bug has its place in the sources, once", async () => {
  for (const { name, edits } of MUTATIONS) {
    for (const { file, find, replace } of edits) {
      const text = await Deno.readTextFile(ROOT + file);
      assert.equal(text.split(find).length, 2, `${name}: ${file} does not have once: ${find}`);
      assert.notEqual(find, replace);
    }
  }
});

Deno.test("there are many deliberate bugs, each with a name of its own", () => {
  assert.ok(MUTATIONS.length >= 15);
  assert.equal(new Set(MUTATIONS.map(({ name }) => name)).size, MUTATIONS.length);
});
