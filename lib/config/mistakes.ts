/** Mistakes in a config.yaml, and the error that shows them. @module */

import { ConfigError, type ConfigMistake } from "../errors.ts";

/** A mistake, and, where it is known, what to write in that line instead. */
export interface Mistake extends ConfigMistake {
  readonly write?: string;
}

/** Mistakes of a file, or of a value typed at the prompt. */
export type Mistakes = readonly Mistake[];

/** More than that is another kind of file. */
const MOST_LISTED = 100;

/** The error for a file with mistakes: a single one is in the message; several follow it. */
export function fileFailure(path: string, mistakes: Mistakes): ConfigError {
  const cannot = `Cannot use ${shownPath(path)}`;
  const plain = mistakes.slice(0, MOST_LISTED).map(({ line, key, message }) => ({ line, key, message }));
  const [only, second] = mistakes;
  if (only !== undefined && second === undefined) {
    return new ConfigError(`${cannot}: ${placed(only)}`, hintFor(only, path), plain);
  }
  return new ConfigError(
    `${cannot}: it has ${mistakes.length} mistakes` +
      (mistakes.length > MOST_LISTED ? `, of which the first ${MOST_LISTED} are listed` : ""),
    "Correct these lines and run the command again; nothing else has to change.",
    plain,
  );
}

function placed({ line, key, message }: Mistake): string {
  const place = [line === null ? "" : `line ${line}`, key].filter((part) => part !== "").join(", ");
  return place === "" ? message : `${place}: ${message}`;
}

function hintFor({ line, key, write }: Mistake, path: string): string {
  if (key === "cluster_id" && line === null) {
    return "Copy the line from run/made.yaml beside it, or from a backup: it identifies this cluster's machines.";
  }
  if (key === "" && line === null) {
    return `Move ${shownPath(path)} away and run \`xcore init PROVIDER\` for a new one.`;
  }
  if (line === null) return `Add it to ${shownPath(path)} and run the command again.`;
  if (write === undefined || key.includes(".")) {
    return `Correct line ${line} of the file and run the command again.`;
  }
  return `Change line ${line} to \`${write}\` and run the command again.`;
}

/** A path on one line, whatever characters it has. */
export function shownPath(path: string): string {
  return /\p{Cc}/u.test(path) ? JSON.stringify(path) : path;
}
