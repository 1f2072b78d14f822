/** The line that explains why a process ended, from all that it printed. @module */

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
