/**
 * `deno task compile`: main.ts and everything it needs as one program, dist/xcore, and its second name dist/xcore-init.
 * An environment variable DENORT_BIN names the runtime to build on, where Deno cannot fetch its own.
 * @module
 */

import { mendBundle } from "./_bundle.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const SOURCES = ["main.ts", "deno.json", "deno.lock", "lib", "tools/compile.ts", "tools/_bundle.ts"];
/**
 * First one bundle, in parts that are loaded when they are needed, then the program: a program compiled from the sources
 * looks up every module and package of the lock at each start, which takes as long again as the start itself.
 */
const BUNDLE_FLAGS = ["--platform=deno", "--code-splitting"];
/**
 * At each start a program reads all that it has embedded: half as much is read in half the time, and stays in memory. Names
 * are kept, for the clouds' clients tell errors apart by those of their classes, and a stack should say something.
 */
const MINIFY_FLAGS = ["--minify", "--keep-names"];
const V8_FLAGS = [
  // The daemon makes a little garbage each second for as long as it lives. V8 would let the room for new objects grow to
  // 16 MB and more before it clears up: after an hour's looks a daemon had 157 MB, with this 109.
  "--max-semi-space-size=2",
  // An error remembers the lines it was made in. V8 would compile the functions there once more to know them, main.js among
  // them: 2 ms for the first error, and commander tells of `-V` and `-h` by an error.
  "--no-enable-lazy-source-positions",
];
/**
 * Deno would keep compiled code for the next start in a file of a known name in /tmp, and takes it whoever has written it:
 * another user of the machine could have xcore run his own. It would save 2 ms of a start.
 */
const NO_CODE_FROM_ELSEWHERE = "--no-code-cache";
const COMPILE_FLAGS = ["-A", "--no-check", `--v8-flags=${V8_FLAGS.join(",")}`, NO_CODE_FROM_ELSEWHERE];

/** Path of the program. */
export const BINARY = `${ROOT}dist/xcore`;

/** Compiles unless dist/xcore was made from these very sources, flags and Deno; returns its path. */
export async function compileIfStale(): Promise<string> {
  const wanted = await fingerprint();
  if (await readIfExists(stampPath()) === wanted && await isFile(BINARY)) return BINARY;
  return await compile(wanted);
}

/**
 * Compiles. Another compilation at the same time does no harm: each builds aside and renames.
 *
 * @param stamp what to remember the sources by
 * @throws {Error} when Deno fails; it has said why on stderr
 */
async function compile(stamp: string): Promise<string> {
  const startedMs = performance.now();
  console.error("Compiling dist/xcore …");
  await Deno.mkdir(`${ROOT}dist`, { recursive: true });
  const aside = `${BINARY}.${Deno.pid}`;
  const bundle = await Deno.makeTempDir({ prefix: "xcore-bundle-" });
  try {
    const [legible, minified] = [`${bundle}/legible`, `${bundle}/minified`];
    await deno("bundle", "--quiet", ...BUNDLE_FLAGS, "--outdir", legible, "main.ts");
    await mendBundle(legible);
    await deno(
      "bundle",
      "--quiet",
      ...BUNDLE_FLAGS,
      ...MINIFY_FLAGS,
      "--outdir",
      minified,
      `${legible}/main.js`,
    );
    await deno("compile", "--quiet", ...COMPILE_FLAGS, "--output", aside, `${minified}/main.js`);
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
  await Deno.writeTextFile(stampPath(), "");
  await Deno.rename(aside, BINARY);
  await link("xcore", `${ROOT}dist/xcore-init`);
  await Deno.writeTextFile(stampPath(), stamp);
  const megabytes = Math.round((await Deno.stat(BINARY)).size / 1e6);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.error(`Compiled dist/xcore: ${megabytes} MB in ${seconds} s.`);
  return BINARY;
}

async function deno(...args: string[]): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  });
  const { code } = await child.output();
  if (code !== 0) throw new Error(`deno ${args[0]} ended with exit code ${code}`);
}

function stampPath(): string {
  return `${BINARY}.sources`;
}

/** SHA-256 over the names and texts of all sources, the flags and Deno's version. */
async function fingerprint(): Promise<string> {
  const parts = [Deno.version.deno, ...BUNDLE_FLAGS, ...MINIFY_FLAGS, ...COMPILE_FLAGS];
  for (const source of SOURCES) {
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

async function link(target: string, path: string): Promise<void> {
  const aside = `${path}.${Deno.pid}`;
  await Deno.symlink(target, aside);
  await Deno.rename(aside, path);
}

async function readIfExists(path: string): Promise<string | null> {
  return await isFile(path) ? await Deno.readTextFile(path) : null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  try {
    await compileIfStale();
  } catch (error) {
    console.error(`Cannot compile xcore: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
