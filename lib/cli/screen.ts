/** A terminal's screen that is drawn over and over. @module */

import type { Printer } from "./print.ts";
import { cut, widthOf } from "../util/text_width.ts";

const ESC = "\x1b[";
/** The terminal's second screen, where drawing harms nothing that was there; no cursor; no line goes on in the next. */
const OPEN = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const CLOSE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const CLEAR_TO_LINE_END = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;

/** A screen that is drawn over and over. */
export interface Screen {
  /** Replaces what was drawn before; lines that do not fit are cut. The first drawing opens the screen. */
  draw(text: string): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** The screen of the printer's terminal, which has to be one that can be drawn on. */
export function screenOn(printer: Printer): Screen {
  let open = false;
  return {
    draw(text) {
      const { columns, rows } = printer.screen() ?? { columns: 80, rows: 24 };
      const lines = text.split("\n").slice(0, Math.max(1, rows)).map((line) => {
        const shown = cut(line, columns);
        // A cursor behind the last column is in it: what clears the rest of the line would take its character away.
        return widthOf(shown) < columns ? shown + CLEAR_TO_LINE_END : shown;
      });
      const below = lines.length < rows ? `\r\n${CLEAR_BELOW}` : "";
      // One write, and nothing cleared before it: the terminal shows the old drawing or the new one.
      printer.raw(`${open ? "" : OPEN}${HOME}${lines.join("\r\n")}${below}`);
      open = true;
    },
    close() {
      if (open) printer.raw(CLOSE);
      open = false;
    },
  };
}
