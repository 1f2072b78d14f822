/** Why a run of Terraform failed, as an error of this project. Pure. @module */

import { ConflictError, XcoreError } from "../../errors.ts";
import type { TerraformEvent } from "./terraform_event.ts";

/** An error for what a cloud said, by its code; null when the text has none that is known. */
export type Classify = (text: string, doing: string) => XcoreError | null;

/** What failed and how. */
export interface Failure {
  /** `make the base`; completes "Cannot …". */
  readonly doing: string;
  readonly events: readonly TerraformEvent[];
  readonly code: number;
  /** Where all of it can be read. */
  readonly logPath: string;
}

/** Longest part of a provider's message that is shown; some bring whole documents. */
const LONGEST = 300;

/** Exit codes above this are signals'. */
const KILLED = 128;

/** The error for a run that did not succeed. */
export function terraformFailure(failure: Failure, classify: Classify): XcoreError {
  const { doing, events, code, logPath } = failure;
  const error = events.find((event) => event.is === "error");
  const logHint = `All that it said is in ${logPath}.`;
  if (error === undefined && code > KILLED) {
    return new XcoreError(
      `Cannot ${doing}: Terraform was killed in the middle`,
      "Run the command again to go on; `xcore doctor` finds what Terraform could not write down.",
    );
  }
  if (error === undefined) {
    const found = [`exit code ${code}`, lastWords(events)].filter((part) => part !== "").join(": ");
    return new XcoreError(`Cannot ${doing}: Terraform ended with ${found}`, logHint);
  }
  const said = shortened(`${error.summary} ${error.detail}`);
  if (/acquiring the state lock/i.test(error.summary)) {
    return new ConflictError(
      `Cannot ${doing}: another Terraform is at work on this cluster`,
      "Wait until it has ended, then run this again.",
    );
  }
  return classify(said, doing) ??
    new XcoreError(`Cannot ${doing}: ${shortened(error.summary)}`, logHint, said);
}

/** What it said outside of events: from its `Error:` on where it has one, else the last line. */
function lastWords(events: readonly TerraformEvent[]): string {
  const lines = events.flatMap((event) => event.is === "noise" ? [event.text] : []);
  const start = lines.findIndex((line) => line.startsWith("Error: "));
  // Where there is none, -1: the last line.
  return shortened(lines.slice(start).join(" "));
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
