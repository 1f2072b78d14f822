/** How an argument or an option says what may stand in its place. @module */

import type { Context } from "../context.ts";

/** Something that may be typed next. */
export interface Candidate {
  readonly value: string;
  /** What it is, in a few words; shells that show such a thing show it. */
  readonly about?: string;
}

/** What may be typed next; `files`: the shell knows best. */
export type Suggestions = "files" | readonly Candidate[];

/** What is known of the line when it is asked. */
export interface Asked {
  /** The command's arguments before this one. */
  readonly args: readonly string[];
  /** What is typed of this one. What does not begin with it is left out afterwards: no need to look. */
  readonly prefix: string;
}

/**
 * Says what may stand in an argument's or an option's place. The context has the options of the line that is being
 * typed, `-c` among them. It may throw: then there is nothing to suggest.
 */
export type Completer = (asked: Asked, context: Context) => Promise<Suggestions> | Suggestions;

/** The completer of a place where a path stands. */
export const files: Completer = () => "files";

/** The completer of a place where one of some words stands. */
export function oneOf(words: readonly string[]): Completer {
  return () => words.map((value) => ({ value }));
}
