/**
 * The program as JavaScript: main.ts and everything it needs in one folder, in parts that are
 * loaded when they are needed.
 * @module
 */

import { STAMP } from "../lib/version.ts";
import { buildStamp } from "./build_stamp.ts";
import { repairBundle } from "./repair_bundle.ts";
import { DenoFailure, ROOT, runDeno } from "./run_deno.ts";

/** What the bundle is made of, below the repository. */
export const BUNDLE_SOURCES: readonly string[] = [
  "main.ts",
  "deno.json",
  "deno.lock",
  "lib",
  "tools/bundle.ts",
  "tools/repair_bundle.ts",
];

/**
 * A program compiled from the sources, and not from a bundle, looks up every module and package of
 * the lock at each start, which takes as long again as the start itself.
 */
const BUNDLE_FLAGS = ["--platform=deno", "--code-splitting"];

/**
 * At each start a program reads all that it has embedded: half as much is read in half the time,
 * and stays in memory. Names are kept, for the clouds' clients tell errors apart by those of their
 * classes, and a stack should say something.
 */
const MINIFY_FLAGS = ["--minify", "--keep-names"];

/** Flags of V8 that the bundle runs with. */
export const V8_FLAGS: readonly string[] = [
  // The daemon makes a little garbage each second for as long as it lives. V8 would let the room
  // for new objects grow to 16 MB and more before it clears up: after an hour's looks a daemon had
  // 157 MB, with this 109.
  "--max-semi-space-size=2",
  // An error remembers the lines it was made in. V8 would compile the functions there once more to
  // know them, main.js among them: 2 ms for the first error, and commander tells of `-V` and `-h`
  // by an error.
  "--no-enable-lazy-source-positions",
];

/**
 * When all files that are made were written, as programs and archives note it: any time does, if it
 * is the same at each build.
 */
export const WRITTEN: Date = new Date("2020-01-01T00:00:00Z");

/**
 * Writes the bundle into a folder: `main.js` is its entry, the other files are its parts. From the
 * same sources it is the same, byte for byte.
 *
 * @throws {DenoFailure} when Deno fails
 */
export async function makeBundle(folder: string): Promise<void> {
  const legible = await Deno.makeTempDir({ prefix: "xcore-bundle-" });
  try {
    await makeLegibleBundle(legible);
    await stamp(legible);
    const flags = [...BUNDLE_FLAGS, ...MINIFY_FLAGS];
    // There, for the parts are named after a hash over their paths as seen from the current folder.
    await bundle(["--quiet", ...flags, "--outdir", folder, "main.js"], legible);
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.utime(`${folder}/${name}`, WRITTEN, WRITTEN);
    }
  } finally {
    await Deno.remove(legible, { recursive: true });
  }
}

/**
 * Writes the bundle before it is minified: above each module in it is a comment with the path that
 * it came from, as seen from the repository.
 *
 * @throws {DenoFailure} Deno fails
 */
export async function makeLegibleBundle(folder: string): Promise<void> {
  await bundle(["--quiet", ...BUNDLE_FLAGS, "--outdir", folder, "main.ts"], ROOT);
  await repairBundle(folder);
}

/** A bundle takes seconds, on a busy machine half a minute. */
const BUNDLED_WITHIN_MS = 180_000;

/**
 * On a busy machine Deno 2.7 and its esbuild may each wait for the other without end: then it is
 * done once more.
 */
async function bundle(args: readonly string[], cwd: string): Promise<void> {
  const run = () => runDeno(["bundle", ...args], { cwd, limitMs: BUNDLED_WITHIN_MS });
  try {
    await run();
  } catch (error) {
    if (!(error instanceof DenoFailure) || !error.isLate) throw error;
    await run();
  }
}

/** Writes into the program which commit it is made from. */
async function stamp(folder: string): Promise<void> {
  const written = JSON.stringify(JSON.stringify(await buildStamp(BUNDLE_SOURCES)));
  let found = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const parts = text.split(JSON.stringify(STAMP));
    found += parts.length - 1;
    if (parts.length > 1) await Deno.writeTextFile(`${folder}/${name}`, parts.join(written));
  }
  if (found !== 1) {
    throw new Error(`the bundle has ${found} places for its commit, not one: see lib/version.ts`);
  }
}

/**
 * SHA-256 over the names and texts of the bundle's sources, the commit they are of, the bundle's
 * flags, Deno's version, and `more`.
 */
export async function fingerprint(more: readonly string[]): Promise<string> {
  const commit = JSON.stringify(await buildStamp(BUNDLE_SOURCES));
  const parts = [commit, Deno.version.deno, ...BUNDLE_FLAGS, ...MINIFY_FLAGS, ...V8_FLAGS, ...more];
  for (const source of BUNDLE_SOURCES) {
    for await (const path of filesBelow(source)) parts.push(path, await Deno.readTextFile(ROOT + path));
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  return new Uint8Array(digest).toHex();
}

async function* filesBelow(path: string): AsyncGenerator<string> {
  if ((await Deno.stat(ROOT + path)).isFile) return yield path;
  const names = (await Array.fromAsync(Deno.readDir(ROOT + path), (entry) => entry.name)).sort();
  for (const name of names) yield* filesBelow(`${path}/${name}`);
}
