import assert from "node:assert/strict";
import { type ProblemCode, PROBLEMS } from "../../../lib/model/problem.ts";
import { problemReference } from "../../../tools/problem_reference.ts";
import { symptomsOf, troubleshooting } from "../../../tools/troubleshooting.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

Deno.test("docs/problems.md and docs/troubleshooting.md have the problems as they are", async () => {
  for (const [page, made] of [["problems", problemReference()], ["troubleshooting", troubleshooting()]]) {
    const text = await Deno.readTextFile(new URL(`${page}.md`, DOCS));
    assert.ok(text === made, `docs/${page}.md is stale: run \`deno task problems\``);
  }
});

Deno.test("each problem is behind something that a person sees", () => {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  assert.deepEqual(
    codes.filter((code) => symptomsOf(code).length === 0),
    [],
    "add it in tools/troubleshooting.ts",
  );
});
