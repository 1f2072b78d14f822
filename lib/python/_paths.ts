/** Finds programs by the rules of a shell. @module */

import { delimiter, isAbsolute, join } from "node:path";
import type { Runtime } from "../runtime.ts";

/** What is at a path, links followed; null when there is nothing, or nothing that may be seen. */
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

/** The absolute path of the first program of that name on PATH, links kept; null when there is none. */
export async function onPath(runtime: Runtime, name: string): Promise<string | null> {
  for (const folder of (runtime.env("PATH") ?? "").split(delimiter)) {
    if (!isAbsolute(folder)) continue; // the current folder is not where programs come from
    const path = join(folder, name);
    if (await kindOf(runtime, path) === "file") return path;
  }
  return null;
}

/** The interpreter of the environment in this folder, or null when it is none. */
export async function interpreterIn(runtime: Runtime, folder: string): Promise<string | null> {
  for (const name of ["python", "python3"]) {
    const path = join(folder, "bin", name);
    if (await runtime.files.exists(path).catch(() => false)) return path;
  }
  return null;
}
