/**
 * `deno task embed`: writes the plain files that xcore lays out on disk into one module, so
 * that they are in the compiled binary and in a script that imports the library by URL. `--check`
 * only compares.
 * @module
 */

import { XcoreError } from "../lib/errors.ts";
import { endWith } from "./failure.ts";

const FOLDERS = ["packer", "python", "terraform"];
const TARGET = new URL("../lib/_embedded.ts", import.meta.url);

/** The text of `_embedded.ts` for the files as they are now. */
export function embeddedModule(): string {
  const root = new URL("../", import.meta.url).pathname;
  const entries = FOLDERS.flatMap((folder) => [...filesBelow(root, folder)]).sort();
  const lines = entries.map((path) =>
    // JSON and not a template literal, which would turn \r\n into \n.
    `  ${JSON.stringify(path)}: ${JSON.stringify(Deno.readTextFileSync(root + path))},`
  );
  return [
    "// Made by `deno task embed`; edit the files it names, not this one.",
    "/** Path in the repository → the file's text. */",
    "export const EMBEDDED: Readonly<Record<string, string>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

function* filesBelow(root: string, folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(root + folder)) {
    if (/^__pycache__$|^\.|\.egg-info$|^build$/.test(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(root, path);
    else yield path;
  }
}

if (import.meta.main) {
  try {
    const text = embeddedModule();
    if (!Deno.args.includes("--check")) Deno.writeTextFileSync(TARGET, text);
    else if (Deno.readTextFileSync(TARGET) !== text) {
      throw new XcoreError("lib/_embedded.ts is stale", "Run `deno task embed`.");
    }
  } catch (error) {
    endWith("embed the files", error);
  }
}
