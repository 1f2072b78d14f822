/** The sums of a folder's files. @module */

import { createHash } from "node:crypto";

/** The file that has them. */
export const SUMS = "SHA256SUMS";

/** Writes the SHA-256 of every other file in the folder, as sha256sum does. */
export async function writeSums(folder: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const lines: string[] = [];
  for (const name of names.filter((name) => name !== SUMS).sort()) {
    const hash = createHash("sha256").update(await Deno.readFile(`${folder}/${name}`)).digest("hex");
    lines.push(`${hash}  ${name}\n`);
  }
  await Deno.writeTextFile(`${folder}/${SUMS}`, lines.join(""));
}
