/** Whether a cluster's daemon runs: it does exactly while its lock is held, whatever files lie about. @module */

import type { Home } from "../config/home.ts";
import type { FileLock, Runtime } from "../runtime.ts";

/** A daemon that runs. */
export interface Presence {
  readonly pid: number;
  /** Wall clock, milliseconds. */
  readonly sinceMs: number;
}

/** As whom the daemon of this home claims the lease: after a crash its next one is the same. */
export function daemonIdOf({ hostname }: Pick<Runtime, "hostname">, home: Home): string {
  return `${hostname}:${home.dir}`;
}

const TRIES = 10;
const TRY_EVERY_MS = 100;

/** Takes the daemon's place, or null when another has it. */
export async function takePlace(runtime: Runtime, home: Home): Promise<FileLock | null> {
  const note: Presence = { pid: runtime.pid, sinceMs: runtime.clock.nowMs() };
  for (let i = 0; i < TRIES; i++) {
    const lock = await runtime.files.tryLock(home.daemonLock, JSON.stringify(note));
    if (lock !== null) return lock;
    await runtime.clock.sleep(TRY_EVERY_MS); // whoever only looks holds it for a moment
  }
  return null;
}

/** The daemon that runs, or null. */
export async function daemonPresence(runtime: Runtime, home: Home): Promise<Presence | null> {
  if (!await runtime.files.isLocked(home.daemonLock)) return null;
  try {
    return JSON.parse(await runtime.files.readText(home.daemonLock)) as Presence;
  } catch {
    return { pid: 0, sinceMs: 0 }; // it has the lock, and is about to write its note
  }
}
