import assert from "node:assert/strict";
import { screenOn } from "../../../lib/cli/watch.ts";
import { keepingPrinter } from "./_printer.ts";

const OPEN = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const CLOSE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** What is written for each of these drawings, and for the close. */
function drawn(size: { columns: number; rows: number }, ...texts: string[]): string[] {
  const { printer, printed } = keepingPrinter(size);
  const screen = screenOn(printer);
  const taken = () => {
    const { out } = printed;
    printed.out = "";
    return out;
  };
  const frames = texts.map((text) => {
    screen.draw(text);
    return taken();
  });
  screen.close();
  return [...frames, taken()];
}

Deno.test("screenOn() opens the second screen with the first drawing, and gives the first back", () => {
  const [first, second, close] = drawn({ columns: 10, rows: 5 }, "a", "b");
  assert.ok(first?.startsWith(`${OPEN}\x1b[H`));
  assert.ok(second?.startsWith("\x1b[H"));
  assert.equal(close, CLOSE);
});

Deno.test("screenOn() writes nothing where nothing is drawn", () => {
  assert.deepEqual(drawn({ columns: 10, rows: 5 }), [""]);
});

Deno.test("screenOn() goes back to the top and writes over what was there, clearing only what is left of it", () => {
  const [, second] = drawn({ columns: 10, rows: 5 }, "one\ntwo\nthree", "four\nfive");
  assert.equal(second, "\x1b[Hfour\x1b[K\r\nfive\x1b[K\r\n\x1b[J");
});

Deno.test("screenOn() cuts what does not fit, and never goes below the last line", () => {
  const [, full] = drawn({ columns: 4, rows: 2 }, "", "four\nfifth\nsixth");
  assert.equal(full, "\x1b[Hfour\r\nfif…");
});

Deno.test("screenOn() does not clear behind a line that is full: that would take its last character", () => {
  const [, frame] = drawn({ columns: 4, rows: 3 }, "", "four\n123");
  assert.equal(frame, "\x1b[Hfour\r\n123\x1b[K\r\n\x1b[J");
});
