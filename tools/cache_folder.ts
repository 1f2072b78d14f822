/** Where the tools keep what outlives a checkout. @module */

import { homedir } from "node:os";

/** A folder in the user's cache, which need not be there yet. */
export function cacheFolder(): string {
  return `${Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`}/xcore`;
}
