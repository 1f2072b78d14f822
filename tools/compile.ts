/**
 * `deno task compile`: main.ts and everything it needs as one program, dist/xcore, and its second name dist/xcore-init.
 * An environment variable DENORT_BIN names the runtime to build on, where Deno cannot fetch its own.
 * @module
 */

import { deno, fingerprint, makeBundle, ROOT, V8_FLAGS } from "./bundle.ts";

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
  const wanted = await fingerprint([...COMPILE_FLAGS, await Deno.readTextFile(import.meta.filename!)]);
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
    await makeBundle(bundle);
    await deno("compile", "--quiet", ...COMPILE_FLAGS, "--output", aside, `${bundle}/main.js`);
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

function stampPath(): string {
  return `${BINARY}.sources`;
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
