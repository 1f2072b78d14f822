/** What other programs print, in a message of one line. @module */

/**
 * Characters that a terminal, or a page, obeys instead of showing them: control characters, other
 * line ends, and those that change the direction of what comes after them.
 */
export const OBEYED = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A text with the characters that a terminal would obey as escapes, `\u001b`. */
export function shown(text: string): string {
  return text.replaceAll(OBEYED, (found) => [...found].map(escapeOf).join(""));
}

/** The same for a text of more lines: their ends, and tabs, stay. */
export function shownLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(
    OBEYED,
    (found) => [...found].map((one) => one === "\n" || one === "\t" ? one : escapeOf(one)).join(""),
  );
}

function escapeOf(character: string): string {
  const [, letter] = JSON.stringify(character).match(/^"(\\[bfnrt])"$/) ?? [];
  return letter ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

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

/** uv's, of a package whose content is another one than was resolved. */
const WRONG_HASH = /^cause: (?=Hash mismatch for )/;

/** Characters of a program's last words that are shown: a line may have megabytes. */
const WORDS_SHOWN = 500;

/**
 * The line that explains most: the first Python error, since in a chain of them the first is the
 * cause, or wrong hash; or the last line. What is longer than 500 characters is cut.
 *
 * @param log the output, newest line last
 */
export function lastWords(log: string): string {
  const lines = log.trim().split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const cause = lines.find((line) => PYTHON_ERROR.test(line) || WRONG_HASH.test(line));
  const words = (cause ?? lines.at(-1) ?? "").replace(WRONG_HASH, "");
  return words.length > WORDS_SHOWN ? `${words.slice(0, WORDS_SHOWN)}…` : words;
}
