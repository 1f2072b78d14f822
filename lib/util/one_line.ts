/** Texts of other programs in a message of one line. @module */

/**
 * A text with each run of white space, line breaks too, as one space.
 *
 * @param longest characters; what is longer is cut off and ends with `…`
 */
export function oneLine(text: string, longest = Infinity): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
