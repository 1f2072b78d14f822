import assert from "node:assert/strict";
import { type Column, table } from "../../../lib/cli/table.ts";
import { textWidth } from "../../../lib/util/text_width.ts";

const COLUMNS: readonly Column[] = [
  { heading: "name", align: "left" },
  { heading: "cpu", align: "right", goes: 1 },
  { heading: "why", align: "left", goes: 2, shrinksTo: 6 },
];
const ROWS = [["worker-0", "99.5", "12 tasks to run"], ["worker-10", "", ""]];

Deno.test("table() gives each column the width of its widest cell, and ends no line in blanks", () => {
  assert.deepEqual(table(COLUMNS, ROWS), [
    "name        cpu  why",
    "worker-0   99.5  12 tasks to run",
    "worker-10",
  ]);
});

Deno.test("table() first cuts the column that may be cut", () => {
  assert.deepEqual(table(COLUMNS, ROWS, 25), [
    "name        cpu  why",
    "worker-0   99.5  12 task…",
    "worker-10",
  ]);
  assert.match(table(COLUMNS, ROWS, 23)[1]!, / 12 ta…$/);
});

Deno.test("table() then leaves out columns, and gives the others their room", () => {
  assert.deepEqual(table(COLUMNS, ROWS, 22), ["name       why", "worker-0   12 tasks t…", "worker-10"]);
  assert.deepEqual(table(COLUMNS, ROWS, 16), ["name", "worker-0", "worker-10"]);
});

Deno.test("table() keeps the columns that may not go", () => {
  assert.deepEqual(table(COLUMNS, ROWS, 3), ["name", "worker-0", "worker-10"]);
});

Deno.test("table() fits whatever room there is for what may not go", () => {
  for (let room = 9; room < 60; room++) {
    for (const line of table(COLUMNS, ROWS, room)) assert.ok(textWidth(line) <= room, `${room}: ${line}`);
  }
});

Deno.test("table() counts no style", () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
  const [, line] = table(COLUMNS, [[red("worker-0"), "1.0", "x"]]);
  assert.equal(line, `${red("worker-0")}  1.0  x`);
});

Deno.test("table() shows its headings where there is no row", () => {
  assert.deepEqual(table(COLUMNS, []), ["name  cpu  why"]);
});
