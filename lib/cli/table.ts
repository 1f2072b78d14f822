/** Columns of text. Pure. @module */

import { cut, textWidth } from "../util/text_width.ts";

/** A column of a table. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
  /** It may be cut down to so many characters where the table has too little room. */
  readonly shrinksTo?: number;
  /**
   * It goes where there is still too little room: the lowest first; never where it has no number.
   */
  readonly goes?: number;
}

const GAP = 2;

/**
 * Rows under a heading, two spaces apart.
 *
 * @param rows as many cells as there are columns
 * @param room characters in a line
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room = Infinity,
): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const wished = columns.map((_, i) => Math.max(...lines.map((line) => textWidth(line[i] ?? ""))));
  const widths = fitted(columns, wished, room);
  return lines.map((line) =>
    columns.flatMap(({ align }, i) => {
      const width = widths[i];
      if (width === undefined) return [];
      const cell = cut(line[i] ?? "", width);
      const blank = " ".repeat(width - textWidth(cell));
      return [align === "right" ? blank + cell : cell + blank];
    }).join(" ".repeat(GAP)).trimEnd()
  );
}

/** The width of each column; undefined for one that is left out. */
function fitted(
  columns: readonly Column[],
  wished: readonly number[],
  room: number,
): (number | undefined)[] {
  const least = wished.map((width, i) => Math.min(width, columns[i]?.shrinksTo ?? width));
  const stays = new Set(columns.keys());
  const lineOf = (widths: readonly number[]) =>
    [...stays].reduce((sum, i) => sum + (widths[i] ?? 0) + GAP, -GAP);
  const removable = [...columns.keys()].filter((i) => columns[i]?.goes !== undefined)
    .sort((a, b) => (columns[a]?.goes ?? 0) - (columns[b]?.goes ?? 0));
  for (const i of removable) {
    if (lineOf(least) <= room) break;
    stays.delete(i);
  }
  let spare = Math.max(0, room - lineOf(least));
  return columns.map((_, i) => {
    if (!stays.has(i)) return undefined;
    const more = Math.min((wished[i] ?? 0) - (least[i] ?? 0), spare);
    spare -= more;
    return (least[i] ?? 0) + more;
  });
}
