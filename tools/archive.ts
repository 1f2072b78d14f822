/**
 * Archives that are the same, byte for byte, on every machine and at any time, for the same files.
 * @module
 */

import { gzipSync } from "node:zlib";
import { pack } from "npm:tar-stream@3.2.2";

/** What is at a path in an archive: a file's bytes, a program's, or where a link leads. */
export type Entry =
  | { readonly kind: "file" | "program"; readonly bytes: Uint8Array }
  | { readonly kind: "link"; readonly to: string };

/** Where gzip says which system wrote it; 255 is none in particular. */
const GZIP_SYSTEM = 9;

/**
 * A tar archive, compressed by gzip: entries by name, all of root's and of the same time.
 *
 * @param folder the one that holds all entries
 * @param entries by their paths below that folder
 * @param written what each says it was last changed
 */
export async function tarGz(
  folder: string,
  entries: Readonly<Record<string, Entry>>,
  written: Date,
): Promise<Uint8Array> {
  const tar = pack();
  const owner = { mtime: written, uid: 0, gid: 0, uname: "root", gname: "root" };
  for (const name of foldersOf(Object.keys(entries)).map((below) => `${folder}${below}/`)) {
    tar.entry({ ...owner, name, type: "directory", mode: 0o755 });
  }
  for (const [path, entry] of Object.entries(entries).toSorted(([a], [b]) => a < b ? -1 : 1)) {
    const name = `${folder}/${path}`;
    if (entry.kind === "link") {
      tar.entry({ ...owner, name, type: "symlink", linkname: entry.to, mode: 0o777 });
    } else {
      tar.entry({ ...owner, name, mode: entry.kind === "program" ? 0o755 : 0o644 }, entry.bytes);
    }
  }
  tar.finalize();
  const blocks = await Array.fromAsync(tar as AsyncIterable<Uint8Array<ArrayBuffer>>);
  const packed = gzipSync(await new Blob(blocks).bytes(), { level: 9 });
  packed[GZIP_SYSTEM] = 255;
  return packed;
}

/** `a/b/c` → ``, `/a`, `/a/b` */
function foldersOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return ["", ...parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`)];
  });
  return [...new Set(folders)].sort();
}
