/**
 * Text in the columns of a terminal; colours take none, and a wide character such as 日 takes two.
 * Pure.
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import cliTruncate from "npm:cli-truncate@6.2.0";
import stringWidth from "npm:string-width@8.3.0";
import wrapAnsi from "npm:wrap-ansi@10.0.2";
import { OBEYED } from "./one_line.ts";

/** The columns that the text takes on a terminal. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/**
 * The line in at most `columns` columns: one that is longer is cut and ends in …; its colours are
 * kept.
 */
export function cut(line: string, columns: number): string {
  return textWidth(line) <= columns ? line : columns < 1 ? "" : cliTruncate(line, columns);
}

/**
 * The text in lines of at most `columns` columns. A longer word has a line of its own, so that a
 * path can be copied.
 */
export function wrap(text: string, columns: number): string[] {
  return columns === Infinity ? [text] : wrapAnsi(text, Math.max(1, columns)).split("\n");
}

/**
 * Text after `lead` in lines of at most `columns` columns.
 *
 * @param indent columns that the lines after the first are moved to the right
 */
export function hanging(lead: string, text: string, columns: number, indent = textWidth(lead)): string[] {
  const [first = "", ...more] = wrap(text, columns - indent);
  return [lead + first, ...more.map((line) => " ".repeat(indent) + line)];
}

/**
 * The text in one line, without colours: what other programs print may hold line ends, tabs and
 * escapes.
 */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(OBEYED, " ").trim();
}
