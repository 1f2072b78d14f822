/**
 * The daemon as a service: what a service manager is asked for, what its file says, and the note in
 * the home.
 * @module
 */

import { join } from "node:path";
import type { Home } from "../config/home.ts";
import { ConflictError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/** The manager's view of the daemon. */
export interface ServiceState {
  /** True from its start to its end, including starting and stopping. */
  readonly active: boolean;
  readonly pid: number | null;
  /**
   * Restarts after a crash since it was last started by a command; null if the manager does not
   * count them.
   */
  readonly restarts: number | null;
  /** Why the manager does not restart it any more, as the end of a sentence; else null. */
  readonly failure: string | null;
}

/** One cluster's daemon under a service manager. Every method may be called again. */
export interface Service extends ServiceNote {
  /**
   * Writes the manager's file, and enables the start at boot.
   *
   * @returns true if the file has changed
   * @throws {ConflictError} the name belongs to another home
   * @throws {XcoreError} the file cannot be written, or the manager refuses it
   */
  install(spec: DaemonSpec): Promise<boolean>;
  /**
   * Starts or restarts the daemon; returns after its first tick.
   *
   * @throws {XcoreError} it ends at once
   */
  start(): Promise<void>;
  /** Stops the daemon; not running is success. */
  stop(): Promise<void>;
  /** Stops the daemon and removes everything that was installed; nothing installed is success. */
  remove(): Promise<void>;
  state(): Promise<ServiceState>;
}

/** systemd of the machine, systemd of one user, or launchd. */
export type Manager = "system" | "user" | "launchd";

/** What runs the daemon, and its name there. */
export interface ServiceNote {
  readonly manager: Manager;
  /** systemd's unit or launchd's label. */
  readonly unit: string;
  /** The file that the manager reads. */
  readonly file: string;
}

/** The note; null if the daemon is a plain process, and in a copy of another home. */
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
    return null; // damaged: the daemon's lock still says whether it runs
  }
}

/** Writes the note. */
export async function writeNote(runtime: Runtime, home: Home, note: ServiceNote): Promise<void> {
  await runtime.files.writeText(home.service, JSON.stringify({ ...note, home: home.dir }, null, 2));
}

/** One cluster's daemon, as every service manager's file describes it. Paths are absolute. */
export interface DaemonSpec {
  /** `<name>-<8 hex>`: no two homes share a unit. */
  readonly clusterId: string;
  readonly home: Home;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Changes with the program. */
  readonly build: string;
  /** Files that the program needs, as far as known. */
  readonly files: readonly string[];
  /** systemd's id of this machine, as machines may share a home; null if there is none. */
  readonly machineId: string | null;
  /** The few variables that the daemon needs, without credentials. */
  readonly env: Readonly<Record<string, string>>;
}

/** The first lines of the file: its home and build. `start` compares them. */
export function headerOf({ home, build }: DaemonSpec): string[] {
  return [
    "Written by xcore: `xcore start` updates it, `xcore shutdown` removes it.",
    `home: ${encodeURI(home.dir).replaceAll("--", "-%2D")}`, // two hyphens would end a comment in XML
    `build: ${build}`,
  ];
}

/** The home in such a file; null if it is not ours. */
export function homeIn(text: string): string | null {
  const [, home] = /^\W*home: (.*)$/m.exec(text) ?? [];
  return home === undefined ? null : decodeURIComponent(home);
}

/**
 * Checks that the existing file does not belong to a copy of this home. A home that has moved is
 * the same.
 *
 * @throws {ConflictError} it does, and that home still exists
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
    `Cannot install the daemon's unit: ${unit} belongs to ${other}, a copy of this home`,
    "Use one home for one cluster: remove the copy, or make another cluster with `xcore -c NAME init`.",
  );
}
