/**
 * Whether a cluster's daemon runs: it does exactly while its lock is held, whatever files exist.
 * @module
 */

import { join } from "node:path";
import type { Home } from "../config/home.ts";
import type { DaemonStatus } from "../model/mod.ts";
import type { FileLock, Runtime } from "../runtime.ts";
import { isTime } from "../util/is_time.ts";
import { pollUntil } from "../util/poll_until.ts";

/** A daemon that runs. */
export interface Presence {
  /** 0: not known. */
  readonly pid: number;
  /** Wall clock, milliseconds. */
  readonly sinceMs: number;
}

/**
 * What is known of a daemon, as `xcore status` and `xcore daemon status` show it.
 *
 * @param presence null when it does not run
 * @param unit name of its service unit, null for a plain process
 * @param lastTickAt when its last tick was, ISO 8601 in UTC; null when it has none or does not
 *   answer
 */
export function daemonStatus(
  presence: Presence | null,
  unit: string | null,
  lastTickAt: string | null,
): DaemonStatus {
  return {
    running: presence !== null,
    pid: presence?.pid ?? null,
    unit,
    since: presence === null ? null : new Date(presence.sinceMs).toISOString(),
    last_tick_at: lastTickAt,
  };
}

/** Linux draws a new one at each boot. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const BOOT_ID_SHOWN = 8;

/**
 * The id under which a daemon of this home claims the lease, `lab-3#1f0a2b3c:/home/me/.xcore`.
 * After a crash the next daemon has the same; a copied home has another, even on a machine of the
 * same name.
 */
export async function daemonIdOf(
  { hostname, files }: Pick<Runtime, "hostname" | "files">,
  { dir }: Home,
): Promise<string> {
  const bootId = await files.readTextIfExists(BOOT_ID).catch(() => null);
  const machine = bootId === null ? hostname : `${hostname}#${bootId.slice(0, BOOT_ID_SHOWN)}`;
  return `${machine}:${dir}`;
}

/** A process that checks the lock holds it for a moment. */
const LOCK_TIMES = { everyMs: 100, withinMs: 1000 };

/** Takes the daemon's lock; null when another daemon holds it. */
export async function takeDaemonLock(runtime: Runtime, home: Home): Promise<FileLock | null> {
  const note: Presence = { pid: runtime.pid, sinceMs: runtime.clock.nowMs() };
  const { files, clock } = runtime;
  return await pollUntil(clock, LOCK_TIMES, () => files.tryLock(home.daemonLock, JSON.stringify(note)));
}

/** The daemon that runs, or null. */
export async function daemonPresence(runtime: Runtime, home: Home): Promise<Presence | null> {
  if (!await runtime.files.isLocked(home.daemonLock)) return null;
  try {
    const { pid, sinceMs } = JSON.parse(await runtime.files.readText(home.daemonLock));
    // Until it has written its own id there may be that of the daemon before, which has ended.
    return isPid(pid) && runtime.isAlive(pid) && isTime(sinceMs) ? { pid, sinceMs } : UNKNOWN;
  } catch {
    return UNKNOWN; // it holds the lock and has not written its id yet
  }
}

const UNKNOWN: Presence = { pid: 0, sinceMs: 0 };

/** 1 is the system's first process, and a negative number a whole group of them. */
function isPid(value: unknown): value is number {
  return Number.isInteger(value) && value as number > 1;
}

/**
 * Whether the process with this id has the daemon's lock open. The text of the lock proves nothing:
 * until a daemon has written its id it is that of the one before, whose id may be another program's.
 */
export async function holdsDaemonLock(
  { os, files, run }: Runtime,
  { daemonLock }: Home,
  pid: number,
): Promise<boolean> {
  try {
    if (os !== "linux") {
      const { stdout } = await run(["lsof", "-t", "--", daemonLock]);
      return stdout.split("\n").includes(String(pid));
    }
    const folder = `/proc/${pid}/fd`;
    const lock = await files.realPath(daemonLock);
    const open = await Promise.all(
      (await files.list(folder)).map((name) => files.realPath(join(folder, name)).catch(() => null)),
    );
    return open.includes(lock);
  } catch {
    return false; // another user's process, or there is no lsof
  }
}
