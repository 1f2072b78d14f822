/** Whether a cluster's daemon runs: it does exactly while its lock is held, whatever files lie about. @module */

import type { Home } from "../config/home.ts";
import type { FileLock, Runtime } from "../runtime.ts";

/** A daemon that runs. */
export interface Presence {
  readonly pid: number;
  /** Wall clock, milliseconds. */
  readonly sinceMs: number;
}

/** Drawn by Linux at each boot. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const BOOT_ID_SHOWN = 8;

/**
 * As whom the daemon of this home claims the lease, `lab-3#1f0a2b3c:/home/me/.xcore`. After a crash its next one is the
 * same; that of a copied home is another, also on a machine of the same name.
 */
export async function daemonIdOf(
  { hostname, files }: Pick<Runtime, "hostname" | "files">,
  { dir }: Home,
): Promise<string> {
  const bootId = await files.readTextIfExists(BOOT_ID).catch(() => null);
  const machine = bootId === null ? hostname : `${hostname}#${bootId.slice(0, BOOT_ID_SHOWN)}`;
  return `${machine}:${dir}`;
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
