/** Results of checks. @module */

import type { CheckResult } from "./provider.ts";

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
