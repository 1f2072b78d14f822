/** What tools and tests fetch once and keep in the user's cache. @module */

/** The folder of it all. */
export function cacheFolder(env: (name: string) => string | undefined = Deno.env.get): string {
  return `${env("XDG_CACHE_HOME") || `${env("HOME")}/.cache`}/xcore-tests`;
}

/** A folder's name that is another whenever one of its ingredients is. */
export async function keyOf(name: string, ingredients: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(ingredients));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `${name}-${digest.toHex().slice(0, 16)}`;
}

/** Whether there is a file or folder. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
