/** Laying files out. @module */

import type { Files } from "../runtime.ts";

/** Writes the file, unless that is its text already. */
export async function writeIfNew(files: Files, path: string, text: string): Promise<void> {
  if (await files.readTextIfExists(path) !== text) await files.writeText(path, text);
}
