/** Text that is redrawn in place. @module */

import type { Printer } from "./print.ts";

const ESC = "\x1b[";
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_TO_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
// deno-lint-ignore no-control-regex -- the escapes are what it looks for
const STYLE = /\x1b\[[0-9;]*m/y;

/** A part of the terminal that is drawn over and over. */
export interface Screen {
  /** Replaces what was drawn before; lines that do not fit are cut. */
  draw(text: string): void;
  /** Leaves the last drawing where it is, and the cursor below. */
  close(): void;
}

/** A screen on the printer's terminal; without one, each drawing that differs from the last is printed. */
export function screenOn(printer: Printer): Screen {
  let lines = 0;
  let last = "";
  return {
    draw(text) {
      const size = printer.screen();
      if (size === null) {
        if (text !== last) printer.out(`${text}\n`);
        last = text;
        return;
      }
      const shown = text.split("\n").slice(0, Math.max(1, size.rows - 1)).map((line) =>
        cut(line, size.columns)
      );
      const up = lines > 1 ? `${ESC}${lines - 1}A` : "";
      // One write, no clearing first: a terminal shows the old drawing or the new one.
      const body = shown.map((line) => line + CLEAR_TO_LINE_END).join("\r\n");
      printer.raw(`${HIDE_CURSOR}\r${up}${body}${CLEAR_BELOW}`);
      lines = shown.length;
    },
    close() {
      if (lines > 0) printer.raw(`\r\n${SHOW_CURSOR}`);
    },
  };
}

/** The line's first `columns` characters, styles not counted; one that is cut ends in …. */
export function cut(line: string, columns: number): string {
  let out = "";
  let shown = 0;
  for (let i = 0; i < line.length;) {
    STYLE.lastIndex = i;
    const style = STYLE.exec(line)?.[0];
    if (style !== undefined) {
      out += style;
      i += style.length;
      continue;
    }
    const character = String.fromCodePoint(line.codePointAt(i) ?? 0);
    if (shown < columns) out += character;
    shown++;
    i += character.length;
  }
  if (shown <= columns) return line;
  const plain = [...out.replaceAll(new RegExp(STYLE.source, "g"), "")];
  return plain.slice(0, columns - 1).join("") + "…";
}
