/** The result of a call that may fail, as a value. @module */

import { asXcoreError, type XcoreError } from "../errors.ts";

/** What a call returned, or why it failed. */
export type Outcome<T> = { readonly value: T } | { readonly error: XcoreError };

/**
 * Waits for a call; never rejects.
 *
 * @param doing `list the instances`; completes "Cannot …" where the error is not an XcoreError
 */
export async function outcome<T>(doing: string, call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    return { error: asXcoreError(error, doing) };
  }
}

/** The value; null if the call failed. */
export function valueOf<T>(result: Outcome<T>): T | null {
  return "value" in result ? result.value : null;
}
