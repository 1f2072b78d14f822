/** Why a run of Packer failed, as an error of this project. Pure. @module */

import { XcoreError } from "../../errors.ts";
import type { Classify } from "../terraform/failure.ts";
import type { PackerMessage } from "./messages.ts";

/** Longest part of a message that is shown. */
const LONGEST = 300;

/** Exit codes above this are signals'. */
const KILLED = 128;

/** What a boot script says of a failure that it has told of already. */
const PASSED_ON = /^line \d+ failed: return\b/;

/** What failed and how. */
export interface PackerFailure {
  /** `build the image`; completes "Cannot …". */
  readonly doing: string;
  readonly messages: readonly PackerMessage[];
  readonly code: number;
  /** Where all of it can be read. */
  readonly logPath: string;
}

/** The error for a run that did not succeed. */
export function packerFailure(
  { doing, messages, code, logPath }: PackerFailure,
  classify: Classify,
): XcoreError {
  if (code > KILLED) {
    return new XcoreError(
      `Cannot ${doing}: Packer was killed in the middle`,
      "`xcore doctor` finds the machine that it may have left, and `xcore doctor --fix` removes it.",
    );
  }
  const errors = messages.filter((message) => message.is === "error");
  const error = errors.find(({ final }) => final) ?? errors[0];
  const hint = `All that it said is in ${logPath}.`;
  if (error === undefined) {
    return new XcoreError(`Cannot ${doing}: Packer ended with exit code ${code}`, hint);
  }
  const meaning = classify(error.text, doing);
  if (meaning !== null) return meaning;
  const words = messages.findLast(({ is, text }) => is === "machine" && !PASSED_ON.test(text));
  // That its script failed says nothing; what the script said last, why.
  const found = /^Script exited/.test(error.text) && words !== undefined ? words.text : shortened(error.text);
  return new XcoreError(`Cannot ${doing}: ${found}`, hint, error.text);
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replace(/^Error: /, "").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
