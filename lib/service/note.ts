/** The note in a cluster's home that says which service manager runs its processes. @module */

import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";

/** systemd of the machine, systemd of one user, or launchd. */
export type Manager = "system" | "user" | "launchd";

/** Who runs the daemon, and under which name. */
export interface ServiceNote {
  readonly manager: Manager;
  /** systemd's unit or launchd's label. */
  readonly unit: string;
  /** The file that the manager reads. */
  readonly file: string;
}

/** The note; null where the daemon is a plain process, and in a copy of another home. */
export async function readNote(runtime: Runtime, home: Home): Promise<ServiceNote | null> {
  const text = await runtime.files.readTextIfExists(home.service).catch(() => null);
  if (text === null) return null;
  try {
    const { manager, unit, file, home: written } = JSON.parse(text);
    const known = ["system", "user", "launchd"].includes(manager);
    return known && typeof unit === "string" && typeof file === "string" && written === home.dir
      ? { manager, unit, file }
      : null;
  } catch {
    return null; // damaged: then the daemon's lock alone says what runs
  }
}

/** Writes the note. */
export async function writeNote(runtime: Runtime, home: Home, note: ServiceNote): Promise<void> {
  await runtime.files.writeText(home.service, JSON.stringify({ ...note, home: home.dir }, null, 2));
}
