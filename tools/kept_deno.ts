/**
 * Copies of Deno that launchers run, in the user's cache: the Deno that compiles may be of npx, whose folder goes away.
 * @module
 */

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { cacheFolder } from "./cache_folder.ts";

const DIGITS = 16;

/** The folder of all copies. */
export function keptFolder(): string {
  return `${cacheFolder()}/deno`;
}

/**
 * Has a launcher written that runs a copy of this very Deno, named after its version and its SHA-256. Copies that no
 * launcher runs any more are removed.
 *
 * @param launcher the launcher's absolute path
 * @param write writes the launcher, given the copy's path
 * @throws {Error} when there can be no copy
 */
export async function withKeptDeno(launcher: string, write: (deno: string) => Promise<void>): Promise<void> {
  const hash = await sha256(Deno.execPath());
  const folder = `${keptFolder()}/${Deno.version.deno}-${hash!.slice(0, DIGITS)}`;
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw noPlace(folder, error);
  }
  using _lock = await locked();
  const deno = `${folder}/deno`;
  if (await sha256(deno) !== hash) await copy(Deno.execPath(), deno);
  await write(deno);
  await noteLauncher(folder, launcher);
  await sweep();
}

/** Removes the copies whose launchers are gone or run another one. */
export async function removeUnused(): Promise<void> {
  try {
    await Deno.stat(keptFolder());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  using _lock = await locked();
  await sweep();
}

async function locked(): Promise<Disposable> {
  const lock = await Deno.open(`${keptFolder()}/lock`, { write: true, create: true });
  await lock.lock(true);
  return lock;
}

async function copy(from: string, to: string): Promise<void> {
  const aside = `${to}.part`;
  try {
    await Deno.mkdir(dirname(to), { recursive: true }); // another compilation may have found it unused
    await Deno.copyFile(from, aside);
    await Deno.chmod(aside, 0o755);
    await Deno.rename(aside, to);
  } catch (error) {
    await Deno.remove(aside).catch(() => {});
    throw noPlace(dirname(to), error);
  }
}

function noPlace(folder: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `no copy of Deno can be kept in ${folder}: ${why}. Set XDG_CACHE_HOME to a folder with room`,
  );
}

async function noteLauncher(folder: string, launcher: string): Promise<void> {
  const launchers = new Set([...await launchersOf(folder), launcher]);
  await Deno.writeTextFile(`${folder}/launchers.json`, JSON.stringify([...launchers]));
}

async function sweep(): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(keptFolder())) {
    if (!isDirectory) continue;
    const folder = `${keptFolder()}/${name}`;
    const launchers = await launchersOf(folder);
    const users = await Promise.all(launchers.map((path) => mentions(path, name)));
    if (!users.includes(true)) await Deno.remove(folder, { recursive: true });
  }
}

async function launchersOf(folder: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await Deno.readTextFile(`${folder}/launchers.json`));
  } catch {
    return []; // never written, or not to its end
  }
}

async function mentions(path: string, name: string): Promise<boolean> {
  try {
    const head = new Uint8Array(64_000); // a compiled program is in the launcher's place by now
    using file = await Deno.open(path);
    const length = await file.read(head) ?? 0;
    return new TextDecoder().decode(head.subarray(0, length)).includes(`/${name}/`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    return true; // on a disk that is away
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
