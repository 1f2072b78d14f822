/** What tools and tests keep in the user's cache: it outlives a checkout. @module */

import { homedir } from "node:os";
import { isAbsolute } from "node:path";

/**
 * `xcore`: what a launcher runs, and what tools remember. `xcore-tests`: what demo, tests and
 * measurements fetch once.
 */
export type CachePart = "xcore" | "xcore-tests";

/**
 * A folder in the user's cache, which need not be there yet: an absolute path, as what it holds is
 * named in other files.
 *
 * @param env the environment that says where the cache is; this process's when not given
 */
export function cacheFolder(
  part: CachePart,
  env: (name: string) => string | undefined = Deno.env.get,
): string {
  const given = env("XDG_CACHE_HOME") ?? "";
  return `${isAbsolute(given) ? given : `${env("HOME") || homedir()}/.cache`}/${part}`;
}

/** Keeps a text for people to read; returns the file's path, or null where none can be written. */
export async function keepInCache(name: string, text: string): Promise<string | null> {
  const folder = cacheFolder("xcore");
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return `${folder}/${name}`;
  } catch {
    return null;
  }
}

/** A folder's name that is another whenever one of its ingredients is. */
export async function keyOf(name: string, ingredients: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(ingredients));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `${name}-${digest.toHex().slice(0, 16)}`;
}
