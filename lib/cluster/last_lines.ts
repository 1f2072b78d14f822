/** The end of a text. Pure. @module */

/** Its last lines; the end of the last one stays as it is. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n");
  const open = lines.at(-1) === "" ? 1 : 0;
  return lines.slice(Math.max(0, lines.length - open - count)).join("\n");
}
