/**
 * Copies of Deno that launchers run, in the user's cache: the Deno that compiles may be of npx,
 * whose folder goes away.
 * @module
 */

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { PrerequisiteError } from "../lib/errors.ts";
import { cacheFolder } from "./cache.ts";

const DIGITS = 16;
const LONGEST_LAUNCHER = 64_000;

/** Beside each copy: the launchers that were written to run it, as JSON. */
const LAUNCHERS = "launchers.json";

/** The folder of all copies. */
export function keptFolder(): string {
  return `${cacheFolder("xcore")}/deno`;
}

/**
 * Has a launcher written that runs a copy of a Deno, named after its version and its SHA-256.
 * Copies that no launcher runs any more are removed.
 *
 * @param launcher the launcher's absolute path
 * @param write writes the launcher, given the copy's path
 * @param kept the folder of all copies
 * @param deno the Deno
 * @throws {PrerequisiteError} when there can be no copy
 */
export async function withKeptDeno(
  launcher: string,
  write: (deno: string) => Promise<void>,
  kept: string = keptFolder(),
  deno: string = Deno.execPath(),
): Promise<void> {
  const hash = await sha256(deno);
  if (hash === null) throw new PrerequisiteError(`there is no Deno at ${deno} any more`, "Run it again.");
  const folder = `${kept}/${Deno.version.deno}-${hash.slice(0, DIGITS)}`;
  using _lock = await locked(kept);
  const copy = `${folder}/deno`;
  if (await sha256(copy) !== hash) await put(deno, copy);
  await write(copy);
  const launchers = new Set([...await launchersOf(folder), launcher]);
  await Deno.writeTextFile(`${folder}/${LAUNCHERS}`, JSON.stringify([...launchers]));
  await sweep(kept);
}

/** Removes the copies whose launchers are gone or run another one. */
export async function removeUnused(kept: string = keptFolder()): Promise<void> {
  try {
    await Deno.stat(kept);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  using _lock = await locked(kept);
  await sweep(kept);
}

async function locked(kept: string): Promise<Disposable> {
  try {
    await Deno.mkdir(kept, { recursive: true });
    const lock = await Deno.open(`${kept}/lock`, { write: true, create: true });
    await lock.lock(true);
    return lock;
  } catch (error) {
    throw noPlace(kept, error);
  }
}

async function put(from: string, to: string): Promise<void> {
  const aside = `${to}.part`;
  try {
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.copyFile(from, aside);
    await Deno.chmod(aside, 0o755);
    await Deno.rename(aside, to);
  } catch (error) {
    await Deno.remove(aside).catch(() => {});
    throw noPlace(dirname(to), error);
  }
}

function noPlace(folder: string, error: unknown): PrerequisiteError {
  const why = error instanceof Error ? error.message : String(error);
  return new PrerequisiteError(
    `no copy of Deno can be kept in ${folder}: ${why}`,
    "Set XDG_CACHE_HOME to a folder that you can write to.",
  );
}

async function sweep(kept: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(kept)) {
    if (!isDirectory) continue;
    const launchers = await launchersOf(`${kept}/${name}`);
    const users = await Promise.all(launchers.map((path) => mentions(path, name)));
    if (!users.includes(true)) await Deno.remove(`${kept}/${name}`, { recursive: true });
  }
}

async function launchersOf(folder: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await Deno.readTextFile(`${folder}/${LAUNCHERS}`));
  } catch {
    return []; // never written, or not to its end
  }
}

async function mentions(path: string, name: string): Promise<boolean> {
  try {
    const head = new Uint8Array(LONGEST_LAUNCHER); // a compiled program may be in the launcher's place by now
    using file = await Deno.open(path);
    const length = await file.read(head) ?? 0;
    return new TextDecoder().decode(head.subarray(0, length)).includes(`/${name}/`);
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

/** A file's SHA-256; null when there is no such file. */
async function sha256(path: string): Promise<string | null> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    for await (const chunk of file.readable) hash.update(chunk);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
