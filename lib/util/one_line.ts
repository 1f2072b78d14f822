/** What other programs print, in a message of one line. @module */

/**
 * A text with each run of white space, line breaks too, as one space.
 *
 * @param longest characters; what is longer is cut off and ends with `…`
 */
export function oneLine(text: string, longest = Infinity): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** `OSError: [Errno 98] …`, `distributed.x.SomeError: …`, with or without a log's prefix. */
const PYTHON_ERROR = /^(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt|Exit)\b(?::.*)?$/;

/**
 * The line that explains most: the first Python error, since in a chain of them the first is the
 * cause; or the last line.
 *
 * @param log the output, newest line last
 */
export function lastWords(log: string): string {
  const lines = log.trim().split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.find((line) => PYTHON_ERROR.test(line)) ?? lines.at(-1) ?? "";
}
