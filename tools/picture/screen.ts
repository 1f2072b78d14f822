/** A terminal without a screen: what would be seen on it. @module */

import xterm from "npm:@xterm/headless@6.0.0";

/** How text looks; a missing member is the terminal's usual. */
export interface Look {
  /** One of the sixteen colours, by number. */
  readonly colour?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly inverse?: true;
}

/** Text of one look, at its column. */
export interface Run {
  readonly column: number;
  readonly text: string;
  readonly look: Look;
}

/** A row, from left to right; blanks without a look are in no run. */
export type Row = readonly Run[];

/** A terminal that is written to. */
export class Screen {
  readonly #terminal;
  readonly #columns: number;
  readonly #rows: number;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  /** Takes in what a program has printed. */
  async write(text: string): Promise<void> {
    await new Promise<void>((resolve) => this.#terminal.write(text, resolve));
  }

  /** What is to be seen now. */
  rows(): Row[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#rows }, (_, y) => {
      const line = active.getLine(active.viewportY + y);
      const runs: Run[] = [];
      for (let x = 0; x < this.#columns; x++) {
        const cell = line?.getCell(x);
        if (cell === undefined || cell.getWidth() === 0) continue;
        const text = cell.getChars() || " ";
        const look: Look = {
          ...(cell.isFgPalette() && { colour: cell.getFgColor() }),
          ...(cell.isBold() && { bold: true }),
          ...(cell.isDim() && { dim: true }),
          ...(cell.isInverse() && { inverse: true }),
        };
        const last = runs.at(-1);
        if (last !== undefined && JSON.stringify(last.look) === JSON.stringify(look)) {
          runs[runs.length - 1] = { ...last, text: last.text + text };
        } else runs.push({ column: x, text, look });
      }
      return runs.flatMap(words);
    });
  }
}

/**
 * Words a table's columns apart are runs of their own: each stands where it should, whatever the
 * font.
 */
function words({ column, text, look }: Run): Run[] {
  if (look.inverse) return [{ column, text, look }];
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    column: column + match.index,
    text: match[0],
    look,
  }));
}
