import assert from "node:assert/strict";
import { bar, progressOn } from "../../../lib/cli/context.ts";
import { keepingPrinter } from "./_printer.ts";

Deno.test("bar() is as full as what is done of the total", () => {
  assert.equal(bar({ done: 1, total: 4 }, 8), "[##......]");
  assert.equal(bar({ done: 4, total: 4 }, 8), "[########]");
  assert.equal(bar({ done: 0, total: 0 }, 8), "[........]");
  assert.equal(bar({ done: 5, total: 4 }, 8), "[########]");
});

Deno.test("progressOn() lets the lines of a whole take each other's place on a terminal", () => {
  const { printer, printed } = keepingPrinter({ columns: 80, rows: 24 });
  const progress = progressOn({ printer });
  progress("Preparing …");
  progress("Making vpc", { done: 0, total: 2 });
  progress("Making vpc: done", { done: 1, total: 2 });
  assert.deepEqual(printed.said, ["Preparing …"]);
  assert.deepEqual(printed.passed, [
    "[........................] 0/2 Making vpc",
    "[############............] 1/2 Making vpc: done",
  ]);
});

Deno.test("progressOn() elsewhere says what is done, and what takes long", () => {
  const { printer, printed } = keepingPrinter();
  const progress = progressOn({ printer });
  progress("Making vpc", { done: 0, total: 2 });
  progress("Making subnet a", { done: 0, total: 2 });
  progress("Making vpc: done", { done: 1, total: 2 });
  progress("Making subnet a (10 s)", { done: 1, total: 2 });
  progress("Making subnet a: done", { done: 2, total: 2 });
  progress("Removing subnet a", { done: 0, total: 2 });
  progress("Removing subnet a: done", { done: 1, total: 2 });
  assert.deepEqual(printed.said, [
    "1/2 Making vpc: done",
    "1/2 Making subnet a (10 s)",
    "2/2 Making subnet a: done",
    "1/2 Removing subnet a: done",
  ]);
});
