/** Results of checks. @module */

import { asXcoreError, type XcoreError } from "../errors.ts";

/** One preflight check's result. */
export interface CheckResult {
  /** What was checked, as a person would say it: `Python environment`. */
  readonly name: string;
  readonly outcome: "passed" | "warning" | "failed";
  /** What was found, one line. */
  readonly message: string;
  /** The one fix; null when passed. */
  readonly fix: string | null;
}

/** All is as it should be. */
export function passed(name: string, message: string): CheckResult {
  return { name, outcome: "passed", message, fix: null };
}

/** It works, but may not be what is wanted. */
export function warning(name: string, message: string, fix: string): CheckResult {
  return { name, outcome: "warning", message, fix };
}

/** It cannot work until `fix` is done. */
export function failed(name: string, message: string, fix: string): CheckResult {
  return { name, outcome: "failed", message, fix };
}

/** What a check comes to, also when the cloud does not let it be made. */
export async function guarded<T>(
  name: string,
  make: () => Promise<T>,
  fixOf: (error: XcoreError) => string = ({ hint }) => hint,
): Promise<T | CheckResult> {
  try {
    return await make();
  } catch (thrown) {
    const error = asXcoreError(thrown, `check ${name}`);
    return failed(name, error.message, fixOf(error));
  }
}
