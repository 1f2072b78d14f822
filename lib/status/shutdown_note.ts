/**
 * What a home knows of its cluster's last shutdown: when it began and ended, who asked for it, and
 * why.
 * @module
 */

import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import { isTime } from "../util/is_time.ts";
import { oneLine } from "../util/one_line.ts";

/** The last shutdown of a cluster. */
export interface ShutdownNote {
  /** Who asked for it: a person, or the daemon with a reason such as `idle for 2 h`. */
  readonly by: "command" | "daemon";
  readonly reason: string | null;
  /** Wall clock, milliseconds. */
  readonly beganAtMs: number;
  /** When nothing was left; null: it has not ended, or was cut off. */
  readonly endedAtMs: number | null;
  /** Why it was given up, one line; null: it was not. */
  readonly error: string | null;
}

/** The note; null where there is none, or none that can be read. */
export async function readShutdownNote({ files }: Runtime, home: Home): Promise<ShutdownNote | null> {
  try {
    const { by, reason, beganAtMs, endedAtMs, error } = JSON.parse(await files.readText(home.shutdownNote));
    if (!isTime(beganAtMs)) return null;
    return {
      by: by === "daemon" ? "daemon" : "command",
      reason: textOrNull(reason),
      beganAtMs,
      endedAtMs: isTime(endedAtMs) ? endedAtMs : null,
      error: textOrNull(error),
    };
  } catch {
    return null;
  }
}

/** Writes the note. One that cannot be written keeps no cluster from being shut down. */
export async function writeShutdownNote({ files }: Runtime, home: Home, note: ShutdownNote): Promise<void> {
  await files.writeText(home.shutdownNote, JSON.stringify(note, null, 2)).catch(() => {});
}

/** Removes the note: a cluster is started. */
export async function removeShutdownNote({ files }: Runtime, home: Home): Promise<void> {
  await files.remove(home.shutdownNote).catch(() => {});
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? oneLine(value) : null;
}
