import assert from "node:assert/strict";
import { visibleText } from "../../../lib/cli/printer.ts";
import { COLOURED } from "./_printer.ts";
import { forSeeds } from "../../support/fakes/random.ts";

const ATTACKS = [
  "\x1b]0;title\x07",
  "\x1b[2J\x1b[H",
  "\x1b[8mhidden",
  "\r\x1b[K",
  "\b\b\b",
  "\x9b31m",
  "\x7f",
  "\x0b\x0c\0",
  "\u202eevil",
  "\u2066\u2028",
  "\x1b[31\x1b[31mm",
  "\x1b[\x1b[2J1m",
];

/** What a terminal obeys. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

Deno.test("visibleText() leaves nothing that a terminal obeys but line ends, tabs and the program's own colours", async () => {
  const own = new RegExp("\x1b\\[(?:0|1|2|22|31|32|33|39)m", "g");
  await forSeeds(300, (random) => {
    const text = random.some(8, () => random.pick([...ATTACKS, "a", "é", "\n", "\t", " "])).join("");
    const plain = visibleText(text, false);
    assert.ok(!OBEYED.test(plain.replaceAll(/[\n\t]/g, "")), JSON.stringify(plain));
    const coloured = visibleText(COLOURED.red(text), true);
    assert.ok(coloured.startsWith("\x1b[31m") && coloured.endsWith("\x1b[39m"));
    assert.ok(!OBEYED.test(coloured.replaceAll(own, "").replaceAll(/[\n\t]/g, "")), JSON.stringify(coloured));
    assert.equal(visibleText(plain, false), plain, "once is enough");
  });
});

Deno.test("visibleText() shows each of them, and takes a line end of other systems for one", () => {
  assert.equal(
    visibleText("50 %\r100 %\b\x1b[2J\x7f\u202e", false),
    "50 %\\r100 %\\b\\u001b[2J\\u007f\\u202e",
  );
  assert.equal(visibleText("one\r\ntwo\tthree\n", false), "one\ntwo\tthree\n");
  const document = { name: "a\u202e\x9b\x7f" };
  assert.deepEqual(JSON.parse(visibleText(JSON.stringify(document), false)), document);
});
