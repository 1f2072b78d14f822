import assert from "node:assert/strict";
import { linesOf, NOTHING, type Section, shrunk } from "../../../lib/cli/section.ts";

const FRUIT: Section = {
  head: ["fruit:"],
  items: [["apple"], ["banana,", "yellow"], ["cherry"]],
  more: (first) => `… and ${3 - first} more`,
  brief: "3 fruits",
};

Deno.test("shrunk() shows all of what fits", () => {
  assert.equal(linesOf(FRUIT), 5);
  assert.deepEqual(shrunk(FRUIT, 5), ["fruit:", "apple", "banana,", "yellow", "cherry"]);
});

Deno.test("shrunk() leaves out items from the end, never half of one, and says how many", () => {
  assert.deepEqual(shrunk(FRUIT, 4), ["fruit:", "apple", "… and 2 more"]);
  assert.deepEqual(shrunk(FRUIT, 3), ["fruit:", "apple", "… and 2 more"]);
});

Deno.test("shrunk() is brief where no item fits, and silent where nothing does", () => {
  assert.deepEqual(shrunk(FRUIT, 2), ["3 fruits"]);
  assert.deepEqual(shrunk(FRUIT, 1), ["3 fruits"]);
  assert.deepEqual(shrunk(FRUIT, 0), []);
  assert.deepEqual(shrunk({ ...FRUIT, brief: null }, 2), []);
});

Deno.test("shrunk() has no word for nothing", () => {
  assert.deepEqual(shrunk(NOTHING, 10), []);
});
