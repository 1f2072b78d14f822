/** The Python programs of local processes, laid out on disk. @module */

import { join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Home } from "../../config/home.ts";
import { XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";

/** Where the programs are, all in `Home.run`. */
export interface NodeFiles {
  readonly worker: string;
  readonly workerPreload: string;
  readonly scheduler: string;
  readonly schedulerPreload: string;
  /** What both programs import. */
  readonly shared: string;
}

/** The paths of the programs; nothing is read. */
export function nodeFiles(home: Home): NodeFiles {
  return {
    worker: join(home.run, "worker.py"),
    workerPreload: join(home.run, "worker_preload.py"),
    scheduler: join(home.run, "scheduler.py"),
    schedulerPreload: join(home.run, "scheduler_preload.py"),
    shared: join(home.run, "local_process.py"),
  };
}

/**
 * Writes the programs, those only that are missing or of another version of xcore.
 *
 * @throws {Deno.errors.PermissionDenied} the folder cannot be written
 */
export async function writeNodeFiles(runtime: Runtime, home: Home): Promise<NodeFiles> {
  const files = nodeFiles(home);
  await runtime.files.mkdir(home.run);
  await write(runtime, files.shared, "local_process.py");
  await write(runtime, join(home.run, "node_process.py"), "node_process.py");
  await write(runtime, files.worker, "local_worker.py");
  await write(runtime, files.workerPreload, "worker_preload.py");
  await write(runtime, files.scheduler, "local_scheduler.py");
  await write(runtime, files.schedulerPreload, "scheduler_preload.py");
  return files;
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
