/** What is fuzzed, and what has to hold of every answer. @module */

import assert from "node:assert/strict";
import { linesOf } from "../../lib/cli/exit_code.ts";
import { XcoreError } from "../../lib/errors.ts";
import { OBEYED } from "../../lib/util/one_line.ts";

/** A reader of what others write, and the property that has to hold for any input. */
export interface Target {
  /** Texts that it reads without complaint; the kept inputs come on top. */
  readonly seeds: readonly string[];
  /** Parts of its language, right and wrong, that mutations put in. */
  readonly pieces: readonly string[];
  /** How many inputs drawn from fixed seeds each CI run tries: some 2 s of them. */
  readonly runs: number;
  /** Bytes of an input at most; default 4096. */
  readonly longest?: number;
  /** Rejects where the property does not hold. */
  check(input: Uint8Array): Promise<void> | void;
  /** Called after the last input. */
  close?(): Promise<void>;
}

/** A class of errors. */
type ErrorClass = abstract new (...args: never[]) => Error;

/** A message is for a person to read. */
const LONGEST_MESSAGE = 20_000;

/** Checks that a text that is printed is one line, of characters that a terminal shows. */
export function assertShown(text: string): void {
  const found = new RegExp(OBEYED, "u").exec(text);
  assert.ok(
    found === null,
    `a printed line has the character ${found && JSON.stringify(found[0])}: ${
      JSON.stringify(text).slice(0, 300)
    }`,
  );
  assert.ok(text.length <= LONGEST_MESSAGE, `a printed line has ${text.length} characters`);
}

/** Checks that an error is a refusal: of one of these classes, with lines that can be printed. */
export function assertRefusal(error: unknown, ...classes: readonly ErrorClass[]): void {
  const allowed = classes.length === 0 ? [XcoreError] : classes;
  if (!allowed.some((one) => error instanceof one)) throw error;
  for (const line of linesOf(error, false)) assertShown(line);
}

/** What a call returns; null where it refuses as it may. */
export async function orRefusal<T>(
  call: () => Promise<T> | T,
  ...classes: readonly ErrorClass[]
): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    assertRefusal(error, ...classes);
    return null;
  }
}

/** The text of an input; what is not UTF-8 is replaced, as where the program reads text. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
}

/** A number that is the same for the same input: what else a check draws, it draws from this. */
export function numberOf(input: Uint8Array): number {
  return input.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5 | 0) | 0;
}
