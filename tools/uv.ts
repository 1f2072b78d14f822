/** uv, which installs a list of packages in a third of the time that pip takes. @module */

import { pinnedUv, UnreachableIndexError } from "../lib/python/pinned_uv.ts";
import type { Runtime } from "../lib/runtime.ts";
import { onPath } from "../lib/util/on_path.ts";

/**
 * The program's path: the one on PATH, or one that pip puts into the cache, once. Null where
 * neither can be had.
 *
 * @param python has pip
 * @param cache an absolute path
 */
export async function uvProgram(runtime: Runtime, python: string, cache: string): Promise<string | null> {
  return await onPath(runtime, "uv") ??
    await pinnedUv(runtime, `${cache}/uv`, python).catch((error) => {
      if (error instanceof UnreachableIndexError) return null;
      throw error;
    });
}
