/** Checks that Google does not let be made. @module */

import { asXcoreError } from "../../errors.ts";
import type { CheckResult } from "../provider.ts";
import { failed } from "../results.ts";

/** What a check comes to when Google does not let it be made. */
export async function guarded(name: string, make: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await make();
  } catch (error) {
    const { message, hint } = asXcoreError(error, "ask Google");
    return failed(name, message, hint);
  }
}
