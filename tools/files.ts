/** Looking whether files are there. @module */

/** Whether there is a file or folder. */
export async function exists(path: string): Promise<boolean> {
  return await found(path) !== null;
}

/** Whether there is a file. */
export async function isFile(path: string): Promise<boolean> {
  return (await found(path))?.isFile ?? false;
}

/** The file's text; null where there is none. */
export async function readIfExists(path: string): Promise<string | null> {
  return await isFile(path) ? await Deno.readTextFile(path) : null;
}

async function found(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
