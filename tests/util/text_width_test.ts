import assert from "node:assert/strict";
import { cut, oneLine, textWidth, wrap } from "../../lib/util/text_width.ts";

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

Deno.test("cut() counts no style, and loses none", () => {
  assert.equal(cut(`a${RED}bcd${NORMAL}ef`, 3), `a${RED}b…${NORMAL}`);
  assert.equal(cut(`abcd${RED}ef${NORMAL}`, 3), `ab…${RED}${NORMAL}`);
});

Deno.test("cut() never makes a line wider than it may be", () => {
  const text = `${RED}0123${NORMAL}456 789`;
  for (let columns = 0; columns < 20; columns++) assert.ok(textWidth(cut(text, columns)) <= columns);
});

Deno.test("textWidth() counts characters, not styles and not halves of characters", () => {
  assert.equal(textWidth(`${RED}a𝛼…${NORMAL}`), 3);
});

Deno.test("wrap() breaks between words, and puts the indent before all lines but the first", () => {
  assert.deepEqual(wrap("one two three four", 9, "  "), ["one two", "  three", "  four"]);
  assert.deepEqual(wrap("one two", 7), ["one two"]);
  assert.deepEqual(wrap("", 7), [""]);
});

Deno.test("wrap() does not break a word: a path has to be copied whole", () => {
  assert.deepEqual(wrap("see /a/long/path/indeed now", 10), ["see", "/a/long/path/indeed", "now"]);
});

Deno.test("wrap() leaves text as it is where there is room without end", () => {
  assert.deepEqual(wrap("one  two", Infinity), ["one  two"]);
});

Deno.test("oneLine() takes out what would move the cursor", () => {
  assert.equal(oneLine(`${RED}OSError${NORMAL}:\r\n\tno\x07 space\x1b[2J `), "OSError: no  space [2J");
});
