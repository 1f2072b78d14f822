/** The Python programs of local processes, laid out on disk. @module */

import { dirname, join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Home } from "../../config/home.ts";
import { XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { PRELOAD_FILES } from "../boot/boot_files.ts";

/** Where the programs are, all in `Home.run`. */
export interface ProgramFiles {
  readonly worker: string;
  readonly scheduler: string;
}

/** The paths of the programs; nothing is read. */
export function programFiles(home: Home): ProgramFiles {
  return {
    worker: join(home.run, "worker.py"),
    scheduler: join(home.run, "scheduler.py"),
  };
}

/** What a program imports lies beside it; Dask's preloads have a folder that a scheduler can keep on its path. */
function textsOf(home: Home): (readonly [path: string, source: string])[] {
  const files = programFiles(home);
  const preloads = new Set([...PRELOAD_FILES.worker, ...PRELOAD_FILES.scheduler]);
  return [
    [join(home.run, "local_process.py"), "local_process.py"],
    [join(home.run, "node_process.py"), "node_process.py"],
    [files.worker, "local_worker.py"],
    [files.scheduler, "local_scheduler.py"],
    ...[...preloads].map((source) => [join(home.run, "preloads", source), source] as const),
  ];
}

/**
 * Writes the programs, those only that are missing or of another version of xcore.
 *
 * @throws {Deno.errors.PermissionDenied} the folder cannot be written
 */
export async function writeProgramFiles(runtime: Runtime, home: Home): Promise<void> {
  const texts = textsOf(home);
  for (const folder of new Set(texts.map(([path]) => dirname(path)))) await runtime.files.mkdir(folder);
  for (const [path, source] of texts) await write(runtime, path, source);
}

async function write(runtime: Runtime, path: string, source: string): Promise<void> {
  const text = EMBEDDED[`python/node/${source}`];
  if (text === undefined) {
    throw new XcoreError(
      `Cannot write ${path}: this build of xcore lacks ${source}`,
      "Build it again: `deno task embed`, then `deno task compile`.",
    );
  }
  if (await runtime.files.readTextIfExists(path) !== text) await runtime.files.writeText(path, text);
}
