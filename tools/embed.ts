/**
 * `deno task embed`: writes the files that are made from the protocol's schemas, and then the plain
 * files that xcore lays out on disk into one module, so that they are in the compiled program and
 * in a script that imports the library by URL. `--check` only compares.
 * @module
 */

import "npm:uplot@1.6.32"; // locks it; the page alone runs it
import { XcoreError } from "../lib/errors.ts";
import { endWith } from "./failure.ts";
import { protocolFiles } from "./protocol.ts";

const FOLDERS = ["packer", "page", "permissions", "python", "terraform"];

/** Files of packages from npm that are beside ours in the page's folder, as they are published. */
export const PAGE_PACKAGES: Readonly<Record<string, string>> = {
  "page/uPlot.iife.min.js": "npm:uplot@1.6.32/dist/uPlot.iife.min.js",
  "page/uPlot.min.css": "npm:uplot@1.6.32/dist/uPlot.min.css",
};

const ROOT = new URL("../", import.meta.url);

/** The text of `_embedded.ts` for the files as they are now. */
export function embeddedModule(): string {
  const root = ROOT.pathname;
  const own = FOLDERS.flatMap((folder) => [...filesBelow(root, folder)]).map((path) =>
    [path, root + path] as const
  );
  const others = Object.entries(PAGE_PACKAGES).map(([path, specifier]) =>
    [path, new URL(import.meta.resolve(specifier))] as const
  );
  const lines = [...own, ...others].sort(([a], [b]) => a < b ? -1 : 1).map(([path, file]) =>
    // JSON and not a template literal, which would turn \r\n into \n.
    `  ${JSON.stringify(path)}: ${JSON.stringify(Deno.readTextFileSync(file))},`
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
    if (/^__pycache__$|^\.|\.egg-info$|^build$|^examples$/.test(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(root, path);
    else yield path;
  }
}

/**
 * Path in the repository → text of each file that is made; the protocol's must be on disk already.
 */
function* madeFiles(): Generator<readonly [path: string, text: string]> {
  yield* Object.entries(protocolFiles());
  yield ["lib/_embedded.ts", embeddedModule()];
}

if (import.meta.main) {
  try {
    for (const [path, text] of madeFiles()) {
      const target = new URL(path, ROOT);
      if (!Deno.args.includes("--check")) Deno.writeTextFileSync(target, text);
      else if (Deno.readTextFileSync(target) !== text) {
        throw new XcoreError(`${path} is stale`, "Run `deno task embed`.");
      }
    }
  } catch (error) {
    endWith("embed the files", error);
  }
}
