/** What xcore asks of a service manager. @module */

import { join } from "node:path";
import type { Home } from "../config/home.ts";
import { ConflictError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/** What the manager says of the daemon. */
export interface ServiceState {
  /** True from its start to its end, while it starts and stops too. */
  readonly active: boolean;
  readonly pid: number | null;
  /** Starts after a crash, since a person last started it; null where the manager does not count. */
  readonly restarts: number | null;
  /** Why the manager no longer tries, as the end of a sentence; null while it does or nothing is wrong. */
  readonly failure: string | null;
}

/** One cluster's daemon in the hands of a service manager. Every method may be called again. */
export interface Service extends ServiceNote {
  /**
   * Writes what the manager reads, and has the daemon start with the machine.
   *
   * @returns true when it differs from what was there
   * @throws {ConflictError} the name belongs to another home
   * @throws {XcoreError} it cannot be written, or the manager refuses it
   */
  install(spec: DaemonSpec): Promise<boolean>;
  /**
   * Starts the daemon, or anew when it runs, and returns when it has looked once.
   *
   * @throws {XcoreError} it ends at once
   */
  start(): Promise<void>;
  /** Stops the daemon until it is started again; not running is success. */
  stop(): Promise<void>;
  /** Stops the daemon and takes away all that was installed; nothing there is success. */
  remove(): Promise<void>;
  state(): Promise<ServiceState>;
}

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

/** One cluster's daemon, as every service manager's file describes it. Paths are absolute. */
export interface DaemonSpec {
  /** `<name>-<8 hex>`: two homes do not meet in one unit. */
  readonly clusterId: string;
  readonly home: Home;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Differs when the program is another one. */
  readonly build: string;
  /** The files that the program is known to need. */
  readonly files: readonly string[];
  /** systemd's id of this machine: a home may be on many. Null where there is none. */
  readonly machineId: string | null;
  /** The few variables that the daemon needs, no credential among them. */
  readonly env: Readonly<Record<string, string>>;
}

/** The first lines of the file: whose it is, and of which build. `start` compares them. */
export function headerOf({ home, build }: DaemonSpec): string[] {
  return [
    "Written by xcore: `xcore start` mends it, `xcore shutdown` removes it.",
    `home: ${encodeURI(home.dir).replaceAll("--", "-%2D")}`, // two hyphens would end a comment in XML
    `build: ${build}`,
  ];
}

/** The home that such a file was written for; null when it is none of ours. */
export function homeIn(text: string): string | null {
  const [, home] = /^\W*home: (.*)$/m.exec(text) ?? [];
  return home === undefined ? null : decodeURIComponent(home);
}

/**
 * Looks that the file found there is not of another home of the same cluster: a copy. A home that has moved is the same.
 *
 * @throws {ConflictError} it is, and that home is still there
 */
export async function refuseOtherHome(
  runtime: Runtime,
  { home }: DaemonSpec,
  found: string | null,
  unit: string,
): Promise<void> {
  const other = found === null ? null : homeIn(found);
  if (other === null || other === home.dir) return;
  if (!await runtime.files.exists(join(other, "config.yaml"))) return;
  throw new ConflictError(
    `Cannot install the daemon's unit: ${unit} is of ${other}, which is the same cluster`,
    "Use one home for one cluster: `xcore -c NAME init` makes another, and a copy can be removed.",
  );
}
