/** What launches have left on disk. @module */

import { join } from "node:path";
import type { PlatformOptions } from "../platform.ts";

/** A worker's claim, or the note that it was told to end. */
const OF_A_WORKER = /^[^.]+\.[^.]+\.(json|ending)$/;
const KEPT = /^base\.lock$/;

/**
 * Empties the cluster's `run` folder, for when the cluster ends: a worker that is slow to start finds that it is not
 * wanted. Workers that run keep their files. List once more afterwards: one that was faster has its claim by then.
 */
export async function forgetLaunches({ runtime, home }: PlatformOptions): Promise<void> {
  const names = await runtime.files.list(home.run);
  const workers = names.filter((name) => OF_A_WORKER.test(name));
  const others = names.filter((name) => !workers.includes(name) && !KEPT.test(name));
  // What asks for workers goes before the notes of who has been: in between, a late one would be taken for a first.
  const [wishes, rest] = [
    others.filter((name) => name.endsWith(".json")),
    others.filter((name) => !name.endsWith(".json")),
  ];
  for (const name of [...wishes, ...rest]) {
    if (name === "scratch" && workers.length > 0) continue;
    await runtime.files.remove(join(home.run, name));
  }
}
