/** Where the tools keep what outlives a checkout. @module */

import { homedir } from "node:os";
import { isAbsolute } from "node:path";

/** A folder in the user's cache, which need not be there yet: an absolute path, as what it holds is named in other files. */
export function cacheFolder(): string {
  const given = Deno.env.get("XDG_CACHE_HOME") ?? "";
  return `${isAbsolute(given) ? given : `${homedir()}/.cache`}/xcore`;
}

/** Keeps a text; returns the file's path, or null where none can be written. */
export async function keepInCache(name: string, text: string): Promise<string | null> {
  const path = `${cacheFolder()}/${name}`;
  try {
    await Deno.mkdir(cacheFolder(), { recursive: true });
    await Deno.writeTextFile(path, text);
    return path;
  } catch {
    return null;
  }
}
