import assert from "node:assert/strict";
import { problemReference } from "../../../tools/problem_reference.ts";

Deno.test("docs/problems.md has the problems as they are", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/problems.md", import.meta.url));
  assert.ok(text === problemReference(), "it is stale: run `deno task problems`");
});
