/** One verb at a time on a cluster. @module */

import type { Verb } from "../daemon/live_status.ts";
import type { Place, Progress } from "./cluster.ts";

/** Runs `work` while no other verb that changes this cluster as a whole does; waits for one that is at it. */
export async function exclusive<T>(
  { runtime, home }: Place,
  verb: Verb | "allow" | "doctor",
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  let lock = await runtime.files.tryLock(home.verbLock, verb);
  if (lock === null) {
    const other = await runtime.files.readTextIfExists(home.verbLock);
    progress(`Waiting for another \`xcore ${other || "command"}\` of this cluster to finish …`);
    lock = await runtime.files.lock(home.verbLock, verb);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
