import assert from "node:assert/strict";
import { denoReference } from "../../../tools/deno_reference.ts";

Deno.test("docs/deno_library.md has what the library exports as it is", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/deno_library.md", import.meta.url));
  assert.ok(text === await denoReference(), "it is stale: run `deno task libraries`");
});
