/**
 * `deno task compile`: main.ts and everything it needs as one program, dist/xcore, and its second
 * name dist/xcore-init. Where there is no runtime to build on, dist/xcore is a launcher, which runs
 * the bundle beside it.
 * @module
 */

import { basename, dirname } from "node:path";
import { PrerequisiteError } from "../lib/errors.ts";
import { fingerprint, makeBundle, V8_FLAGS } from "./bundle.ts";
import { type CompileRuntime, compileRuntime, isFetched, noRuntime } from "./compile_runtime.ts";
import { endWith } from "./failure.ts";
import { isFile, readIfExists } from "./files.ts";
import { removeUnused, withKeptDeno } from "./kept_deno.ts";
import { launcherText, makeLauncherBundle } from "./launcher.ts";
import { removeOldBundles } from "./old_bundles.ts";
import { DenoFailure, ROOT, runDeno } from "./run_deno.ts";

/**
 * Deno would keep compiled code for the next start in a file of a known name in /tmp, and run it
 * also if another user of the machine has written it. It would save 2 ms of a start.
 */
const NO_CODE_FROM_ELSEWHERE = "--no-code-cache";

/** What every program is compiled with. */
export const COMPILE_FLAGS = ["-A", "--no-check", `--v8-flags=${V8_FLAGS.join(",")}`, NO_CODE_FROM_ELSEWHERE];

/** Path of the program that `deno task compile` makes. */
export const BINARY = `${ROOT}dist/xcore`;

/** The first Deno whose bundler makes what the program needs. */
const OLDEST_DENO = "2.7.14";

/** Where a program is made, and what of. */
export interface Target {
  /** The folder that it is put into. */
  readonly folder: string;
  /** The runtime to build on. */
  readonly runtime: CompileRuntime;
}

type Kind = "program" | "launcher";

/** The limit for downloading a runtime: 40 MB. */
export const FETCHED_WITHIN_MS = 15 * 60_000;

/**
 * How much longer a start by the launcher takes: docs/decisions/0020-the-launcher.md has the
 * figures.
 */
const SLOWER = "5 %, and 60 % the first time";

/**
 * Compiles unless the program was made from these very sources, flags and Deno; returns its path.
 *
 * @param folder what it is put into
 * @param runtime the runtime to build on; looked for where none is given
 */
export async function compileIfStale(
  { folder = dirname(BINARY), runtime }: Partial<Target> = {},
): Promise<string> {
  refuseHere();
  const path = `${folder}/xcore`;
  const made = await readIfExists(stampPath(path));
  const sources = await fingerprint([
    ...COMPILE_FLAGS,
    ...await Promise.all(
      ["compile.ts", "launcher.ts"].map((name) => Deno.readTextFile(`${ROOT}tools/${name}`)),
    ),
  ]);
  const [program, launcher] = [sources, `launcher ${sources}`];
  if (runtime?.state !== "none" && made === program && await isFile(path)) return path;
  const found = runtime ?? await compileRuntime();
  if (found.state === "none" && made === launcher && await runs(path)) return path;
  await Deno.mkdir(folder, { recursive: true });
  const kind = found.state === "none"
    ? await makeLauncher(path, sources, found.why)
    : await makeProgram(path, sources, found.state === "to fetch");
  await link("xcore", `${folder}/xcore-init`);
  await Deno.writeTextFile(stampPath(path), kind === "launcher" ? launcher : program);
  return path;
}

/** @throws {PrerequisiteError} no program can be made here */
function refuseHere(): void {
  if (Deno.build.os === "windows") {
    throw new PrerequisiteError("this is Windows itself", "Do it inside WSL, which `wsl --install` sets up.");
  }
  // Without semver: no package is fetched yet.
  if (Deno.version.deno.localeCompare(OLDEST_DENO, "en", { numeric: true }) < 0) {
    throw new PrerequisiteError(
      `this is Deno ${Deno.version.deno}, and ${OLDEST_DENO} or newer is needed`,
      `Type \`npx -y deno@${OLDEST_DENO} task compile\`, or install a newer one.`,
    );
  }
}

/** Compiles. Another compilation at the same time does no harm: each builds aside and renames. */
async function makeProgram(path: string, sources: string, fetches: boolean): Promise<Kind> {
  const startedMs = performance.now();
  const shown = shownPath(path);
  console.error(`Compiling ${shown} …`);
  const aside = `${path}.${Deno.pid}`;
  const bundle = await Deno.makeTempDir({ prefix: "xcore-bundle-" });
  try {
    await makeBundle(bundle);
    const args = ["compile", "--quiet", ...COMPILE_FLAGS, "--output", aside, `${bundle}/main.js`];
    await runDeno(args, { limitMs: fetches ? FETCHED_WITHIN_MS : undefined });
  } catch (error) {
    if (!fetches || !(error instanceof DenoFailure) || await isFetched()) throw error;
    await noRuntime(error.why);
    return await makeLauncher(path, sources, error.why);
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
  await Deno.writeTextFile(stampPath(path), "");
  await Deno.rename(aside, path);
  await removeOldBundles(`${path}.bundle`, null);
  await removeUnused();
  const megabytes = Math.round((await Deno.stat(path)).size / 1e6);
  console.error(`Compiled ${shown}: ${megabytes} MB in ${secondsSince(startedMs)} s.`);
  return "program";
}

/**
 * Makes a launcher, and the bundle that it runs: in a folder of its own, since a daemon that runs
 * goes on to load parts of the bundle that it was started from.
 */
async function makeLauncher(path: string, sources: string, why: string): Promise<Kind> {
  const startedMs = performance.now();
  const shown = shownPath(path);
  console.error(`Making ${shown} …`);
  const build = sources.slice(0, 16);
  const folder = `${path}.bundle/${build}`;
  const aside = `${folder}.${Deno.pid}.part`;
  await Deno.mkdir(aside, { recursive: true });
  try {
    await makeLauncherBundle(aside);
    await Deno.writeTextFile(stampPath(path), "");
    await replaceFolder(aside, folder);
  } finally {
    await Deno.remove(aside, { recursive: true }).catch(() => {});
  }
  await withKeptDeno(path, async (deno) => {
    const bundle = `${basename(path)}.bundle/${build}/main.js`;
    const repair = `Type \`deno task compile\` in ${ROOT} to make it again.`;
    const text = launcherText({ bundle, deno, build: `${build} ${Deno.version.deno}`, repair });
    await Deno.writeTextFile(`${path}.${Deno.pid}`, text, { mode: 0o755 });
    await Deno.rename(`${path}.${Deno.pid}`, path);
  });
  await removeOldBundles(`${path}.bundle`, build);
  console.error(
    `Made ${shown} in ${
      secondsSince(startedMs)
    } s as a launcher, because \`deno compile\` cannot fetch its runtime ` +
      `(${why}): each command takes longer to start (${SLOWER}), and ${shown} works only beside ${shown}.bundle.`,
  );
  return "launcher";
}

/** A folder in the place of another of the same content, or of none. */
async function replaceFolder(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (await readIfExists(`${to}/main.js`) === null) throw error;
  }
}

/** Whether a launcher finds all that it runs. */
async function runs(path: string): Promise<boolean> {
  if (!await isFile(path)) return false;
  return (await new Deno.Command(path, { args: ["-V"], stdout: "null", stderr: "null" }).output()).success;
}

function shownPath(path: string): string {
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}

function secondsSince(startedMs: number): string {
  return ((performance.now() - startedMs) / 1000).toFixed(0);
}

function stampPath(path: string): string {
  return `${path}.sources`;
}

async function link(target: string, path: string): Promise<void> {
  const aside = `${path}.${Deno.pid}`;
  await Deno.symlink(target, aside);
  await Deno.rename(aside, path);
}

if (import.meta.main) await compileIfStale().catch((error) => endWith("compile xcore", error));
