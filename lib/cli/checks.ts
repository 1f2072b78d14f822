/** Results of checks, for people and for the exit code. @module */

import { PrerequisiteError } from "../errors.ts";
import type { CheckResult } from "../platform/check_result.ts";
import type { Colours } from "./print.ts";

const MARKS = { passed: ["✓", "green"], warning: ["!", "yellow"], failed: ["✗", "red"] } as const;

/** A line a result, and a further one with the fix where there is one. */
export function checkLines(checks: readonly CheckResult[], colour: Colours): string[] {
  return checks.map(({ outcome, name, message, fix }) => {
    const [mark, shade] = MARKS[outcome];
    return `${colour[shade](mark)} ${name}: ${message}${fix === null ? "" : `\n  ${fix}`}`;
  });
}

/** `12 passed, 1 warning, 0 failed` */
export function countLine(checks: readonly CheckResult[]): string {
  const count = (wanted: CheckResult["outcome"]) => checks.filter(({ outcome }) => outcome === wanted).length;
  const warnings = count("warning");
  return `${count("passed")} passed, ${warnings} ${warnings === 1 ? "warning" : "warnings"}, ${
    count("failed")
  } failed`;
}

/**
 * Ends the command badly where a check has failed.
 *
 * @param cannot `start yet`; completes "Cannot …"
 * @throws {PrerequisiteError} one has
 */
export function refuseFailed(checks: readonly CheckResult[], cannot: string, again: string): void {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  const [first] = failed;
  if (first === undefined) return;
  const count = failed.length === 1 ? "one check failed" : `${failed.length} checks failed`;
  throw new PrerequisiteError(
    `Cannot ${cannot}: ${count}: ${first.message}`,
    first.fix ?? again,
  );
}
