/** Values for a shell script. @module */

import { ConfigError } from "../../errors.ts";

/**
 * A word that bash reads as exactly this text.
 *
 * @throws {ConfigError} it holds a NUL character, which no shell can
 */
export function quoted(text: string): string {
  if (text.includes("\0")) {
    throw new ConfigError(
      `Cannot write ${
        JSON.stringify(text.slice(0, 40))
      } into a machine's start script: it holds a NUL character`,
      "Take that character out of the configuration.",
    );
  }
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The lines that set variables: a text, or a list for an array. */
export function assignments(values: Readonly<Record<string, string | readonly string[]>>): string {
  return Object.entries(values).map(([name, value]) =>
    typeof value === "string"
      ? `${name}=${quoted(value)}\n`
      : `${name}=(\n${value.map((word) => `${quoted(word)}\n`).join("")})\n`
  ).join("");
}

/** A script without the lines that are comments; none of ours has a text with a line that looks like one. */
export function withoutCommentLines(script: string): string {
  return script.replace(/^[ \t]*#.*\n/gm, "");
}
