import assert from "node:assert/strict";
import { cut, plainLine, textWidth, wrap } from "../../../lib/util/text_width.ts";

const RED = "\x1b[31m";
const NORMAL = "\x1b[39m";

Deno.test("cut() leaves alone what fits", () => {
  for (const text of ["", "four", `${RED}four${NORMAL}`, "𝛼βγδ"]) assert.equal(cut(text, 4), text);
});

Deno.test("cut() ends what does not fit in …", () => {
  assert.equal(cut("worker", 5), "work…");
  assert.equal(cut("worker", 1), "…");
  assert.equal(cut("worker", 0), "");
  assert.equal(cut("𝛼𝛽𝛾", 2), "𝛼…");
});

Deno.test("cut() counts no style, and closes one that it cuts", () => {
  assert.equal(cut(`a${RED}bcd${NORMAL}ef`, 3), `a${RED}b…${NORMAL}`);
  assert.equal(cut(`abcd${RED}ef${NORMAL}`, 3), "ab…");
});

Deno.test("cut() never makes a line wider than it may be", () => {
  const text = `${RED}0123${NORMAL}456 789`;
  for (let columns = 0; columns < 20; columns++) assert.ok(textWidth(cut(text, columns)) <= columns);
});

Deno.test("textWidth() counts columns: two for a wide character, none for a colour", () => {
  assert.equal(textWidth(`${RED}a𝛼…${NORMAL}`), 3);
  assert.equal(textWidth("日本"), 4);
  assert.equal(textWidth("👩‍🔬"), 2);
});

Deno.test("cut() and wrap() keep wide characters within the columns", () => {
  assert.equal(cut("日本語", 5), "日本…");
  assert.equal(cut("日本語", 4), "日…");
  assert.deepEqual(wrap("日本 日本 a", 5), ["日本", "日本", "a"]);
});

Deno.test("wrap() breaks between words", () => {
  assert.deepEqual(wrap("one two three four", 9), ["one two", "three", "four"]);
  assert.deepEqual(wrap("one two", 7), ["one two"]);
  assert.deepEqual(wrap("", 7), [""]);
});

Deno.test("wrap() does not break a word: a path has to be copied whole", () => {
  assert.deepEqual(wrap("see /a/long/path/indeed now", 10), ["see", "/a/long/path/indeed", "now"]);
});

Deno.test("wrap() leaves text as it is where there is room without end", () => {
  assert.deepEqual(wrap("one  two", Infinity), ["one  two"]);
});

Deno.test("plainLine() takes out what would move the cursor", () => {
  assert.equal(plainLine(`${RED}OSError${NORMAL}:\r\n\tno\x07 space\x1b[2J `), "OSError: no  space");
});
