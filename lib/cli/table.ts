/** Columns of text. @module */

/** How a column stands. */
export type Align = "left" | "right";

/**
 * Rows under a heading, two spaces apart.
 *
 * @param headings each with how its column stands
 * @param rows as many cells as there are headings
 */
export function table(
  headings: readonly (readonly [string, Align])[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [headings.map(([name]) => name), ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines.map((line) =>
    line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return headings[column]?.[1] === "right" ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
}
