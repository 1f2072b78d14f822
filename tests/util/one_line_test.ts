import assert from "node:assert/strict";
import { oneLine } from "../../lib/util/one_line.ts";

Deno.test("oneLine() has no line break, no blank at its ends and no two in a row", () => {
  assert.equal(oneLine("  Error:\n\n\tno  way \r\n"), "Error: no way");
  assert.equal(oneLine(" \n "), "");
});

Deno.test("oneLine() cuts off what is longer than it may be", () => {
  assert.equal(oneLine("one two", 7), "one two");
  assert.equal(oneLine("one  two three", 7), "one two…");
});
