/** Finds programs by the rules of a shell, but never in the current folder. @module */

import { delimiter, isAbsolute, join } from "node:path";
import type { Runtime } from "../runtime.ts";

/**
 * The absolute paths of the programs of that name on PATH, links kept, in the order a shell tries
 * them.
 */
export async function* allOnPath(runtime: Runtime, name: string): AsyncGenerator<string, undefined> {
  for (const folder of (runtime.env("PATH") ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue; // never a program of the current folder
    const path = join(folder, name);
    if (await kindOf(runtime, path) === "file") yield path;
  }
}

/** The first program of that name on PATH; null if there is none. */
export async function onPath(runtime: Runtime, name: string): Promise<string | null> {
  return (await allOnPath(runtime, name).next()).value ?? null;
}

/** What is at a path, links followed; null if there is nothing, or access is denied. */
export async function kindOf(runtime: Runtime, path: string): Promise<"file" | "folder" | null> {
  try {
    if (await runtime.files.size(path) === null) return null;
  } catch {
    return null; // below a file, or in a folder that is closed to us
  }
  try {
    await runtime.files.list(path);
    return "folder";
  } catch (error) {
    return error instanceof Deno.errors.NotADirectory ? "file" : "folder";
  }
}
