/** How a tool ends that cannot do its work: two lines and an exit code, never a stack. @module */

import { asXcoreError, InterruptedError, XcoreError } from "../lib/errors.ts";
import { exitCode } from "../lib/cli/exit_code.ts";

/**
 * Says what was found and what to do next, and ends this process: 4 when something has to be
 * installed first, else 1.
 *
 * @param doing `show the demo`
 */
export function endWith(doing: string, error: unknown): never {
  const known = error instanceof XcoreError;
  const whole = error instanceof InterruptedError;
  const { message, hint } = asXcoreError(error, doing);
  console.error(known && !whole && !message.startsWith("Cannot ") ? `Cannot ${doing}: ${message}` : message);
  console.error(known ? hint : "Run it again; if it fails again, report it with all that is printed above.");
  Deno.exit(exitCode(error));
}
