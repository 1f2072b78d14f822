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
export interface Service extends UnitFile {
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
  /** Stops the daemon; not running is success. A unit of another home or program is left alone. */
  stop(): Promise<void>;
  /**
   * Stops the daemon and removes everything that was installed; nothing installed is success. A unit
   * of another home or program is left alone.
   */
  remove(): Promise<void>;
  state(): Promise<ServiceState>;
}

/** systemd of the machine, systemd of one user, or launchd. */
export type Manager = "system" | "user" | "launchd";

/** What runs the daemon, and its name there: what the home notes. */
export interface ServiceNote {
  readonly manager: Manager;
  /** systemd's unit or launchd's label. */
  readonly unit: string;
}

/** The same, with the file that the manager reads: derived from the manager, never read from a file. */
export interface UnitFile extends ServiceNote {
  /** Absolute path. */
  readonly file: string;
}

/** The names that xcore gives its units: `xcore@lab-0a1b2c3d.service`. */
const UNIT_NAMES: Readonly<Record<Manager, RegExp>> = {
  system: /^xcore@[\w-]+\.service$/,
  user: /^xcore@[\w-]+\.service$/,
  launchd: /^org\.crosscore\.xcore\.[\w-]+$/,
};

/** Whether xcore gives its units such a name. */
export function isUnitName(manager: Manager, unit: string): boolean {
  return UNIT_NAMES[manager].test(unit);
}

/**
 * The note; null if the daemon is a plain process, in a copy of another home, and where the note does
 * not say what xcore writes. It names nothing but a unit of xcore's: whose that is says the unit's file.
 */
export async function readNote(runtime: Runtime, home: Home): Promise<ServiceNote | null> {
  const text = await runtime.files.readTextIfExists(home.service).catch(() => null);
  if (text === null) return null;
  try {
    const { manager, unit, home: written } = JSON.parse(text);
    const isKnown = Object.hasOwn(UNIT_NAMES, manager) && typeof unit === "string";
    return isKnown && isUnitName(manager, unit) && written === home.dir ? { manager, unit } : null;
  } catch {
    return null; // damaged: the daemon's lock still says whether it runs
  }
}

/** Writes the note. */
export async function writeNote(
  runtime: Runtime,
  home: Home,
  { manager, unit }: ServiceNote,
): Promise<void> {
  await runtime.files.writeText(home.service, JSON.stringify({ manager, unit, home: home.dir }, null, 2));
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
  const [, home] = /^\W*Written by xcore\b.*\n\W*home: (.*)$/m.exec(text) ?? [];
  try {
    return home === undefined ? null : decodeURIComponent(home);
  } catch {
    return null; // a percent sign that xcore never writes
  }
}

/** The home in the header of a unit's file; null if it is no regular file, or not ours. */
export async function homeOfUnit({ files }: Runtime, file: string): Promise<string | null> {
  try {
    if (await files.kind(file) !== "file") return null;
    return homeIn(await files.readTextIfExists(file) ?? "");
  } catch {
    return null; // it may not be read, so xcore did not write it
  }
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
  { file, unit }: UnitFile,
): Promise<void> {
  const other = await homeOfUnit(runtime, file);
  if (other === null || other === home.dir) return;
  if (!await runtime.files.exists(join(other, "config.yaml"))) return;
  throw new ConflictError(
    `Cannot install the daemon's unit: ${unit} belongs to ${other}, a copy of this home`,
    "Use one home for one cluster: remove the copy, or make another cluster with `xcore -c NAME init`.",
  );
}
