import assert from "node:assert/strict";
import { lastLines } from "../../lib/cluster/last_lines.ts";

Deno.test("lastLines() are so many, whether the last has its end or not", () => {
  assert.equal(lastLines("1\n2\n3\n", 2), "2\n3\n");
  assert.equal(lastLines("1\n2\n3", 2), "2\n3");
  assert.equal(lastLines("1\n\n\n", 2), "\n\n");
  assert.equal(lastLines("1\n2\n", 9), "1\n2\n");
  assert.equal(lastLines("1\n2\n", 0), "");
  assert.equal(lastLines("", 5), "");
});
