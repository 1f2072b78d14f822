/**
 * Which service manager can run the daemon on this machine, and the units of it that exist.
 * @module
 */

import { join } from "node:path";
import type { Home } from "../config/home.ts";
import { UsageError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { shellWord } from "../util/shell_word.ts";
import { launchdFolder, launchdService, launchdUnit } from "./launchd_service.ts";
import {
  homeOfUnit,
  isUnitName,
  type Manager,
  type Service,
  type ServiceNote,
  type UnitFile,
} from "./service.ts";
import { lastLine, show, systemd } from "./systemd.ts";
import { systemdFolder, systemdService, systemdUnit } from "./systemd_service.ts";

/** Why no manager can run the daemon, and what to do as the end of a sentence; empty: nothing. */
export interface Obstacle {
  readonly manager: null;
  readonly why: string;
  readonly hint: string;
}

/** The manager, or why there is none. */
export type Choice =
  | { readonly manager: Manager; /** A change that was made for it. */ readonly news?: string }
  | Obstacle;

/** A folder that exists only while systemd runs the machine, see sd_booted(3). */
const BOOTED = "/run/systemd/system";

const LINGERING = "Enabled lingering, so that the daemon keeps running after you log out " +
  "(`loginctl disable-linger` disables it).";

/**
 * The service manager to use: systemd of the machine for root, of the user with lingering for
 * others, launchd on macOS. Enables lingering.
 *
 * @throws {UsageError} XCORE_SERVICE is set to something else than `none`
 */
export async function chooseManager(runtime: Runtime, home: Home): Promise<Choice> {
  const obstacle = await serviceObstacle(runtime, home);
  if (obstacle !== null) return obstacle;
  if (runtime.os === "darwin") return { manager: "launchd" };
  return runtime.uid === 0 ? { manager: "system" } : await lingering(runtime);
}

/**
 * What keeps a service manager from running the daemon, and is known without a change; null: nothing.
 * Whether a user may linger is not.
 *
 * @throws {UsageError} XCORE_SERVICE is set to something else than `none`
 */
export async function serviceObstacle(runtime: Runtime, home: Home): Promise<Obstacle | null> {
  const wish = runtime.env("XCORE_SERVICE");
  if (wish === "none") return none("XCORE_SERVICE=none", "");
  if (wish !== undefined) {
    throw new UsageError(
      `Cannot use XCORE_SERVICE=${wish}: it can only be none`,
      "Unset it to run the daemon under systemd or launchd.",
    );
  }
  if (/\p{Cc}/u.test(home.dir)) return none("the path of the home contains a control character", "");
  if (runtime.os === "darwin") return null;
  if (!await hasSystemd(runtime)) {
    const wsl = await wslGeneration(runtime);
    if (wsl !== null) return none("systemd is not enabled in this WSL", systemdInWsl(wsl));
    return none("this machine has neither systemd nor launchd", "");
  }
  return runtime.uid === 0 ? await machine(runtime) : await user(runtime);
}

/** Whether systemd runs this machine. */
export function hasSystemd({ files }: Runtime): Promise<boolean> {
  return files.exists(BOOTED);
}

/** The daemon of a home's cluster under the chosen manager. */
export async function serviceFor(
  runtime: Runtime,
  home: Home,
  manager: Manager,
  clusterId: string,
): Promise<Service> {
  const unit = manager === "launchd"
    ? launchdUnit(runtime, clusterId)
    : await systemdUnit(runtime, manager, clusterId);
  return serviceIn(runtime, home, unit);
}

/** The daemon of a home under the manager that the home's note names. */
export async function serviceOf(
  runtime: Runtime,
  home: Home,
  { manager, unit }: ServiceNote,
): Promise<Service> {
  const file = manager === "launchd"
    ? join(launchdFolder(runtime), `${unit}.plist`)
    : join(await systemdFolder(runtime, manager) ?? usualFolder(runtime, manager), unit);
  return serviceIn(runtime, home, { manager, unit, file });
}

/** The daemon of a home whose unit has this file. */
export function serviceIn(runtime: Runtime, home: Home, unit: UnitFile): Service {
  return unit.manager === "launchd"
    ? launchdService(runtime, home, unit)
    : systemdService(runtime, home, unit, unit.manager);
}

async function machine(runtime: Runtime): Promise<Obstacle | null> {
  if (await show(runtime, "system", ["Version"]) !== null) return null;
  const asked = await systemd(runtime, "system", ["systemctl", "show", "--property=Version"]);
  return none(`systemd does not answer: ${lastLine(asked)}`, "");
}

async function user(runtime: Runtime): Promise<Obstacle | null> {
  const asked = await systemd(runtime, "user", ["systemctl", "show", "--property=Version"]);
  if (asked.code === 0) return null;
  return none(
    `systemd for users cannot be reached: ${lastLine(asked)}`,
    "log in by ssh or on a console, not by su or sudo (Debian: with dbus-user-session installed)",
  );
}

/** The user's systemd, which must outlive a logout for it. */
async function lingering(runtime: Runtime): Promise<Choice> {
  const uid = String(runtime.uid);
  if (await lingers(runtime)) return { manager: "user" };
  const enabled = await loginctl(runtime, "enable-linger", uid);
  if (enabled.code === 0 && await lingers(runtime)) return { manager: "user", news: LINGERING };
  return none(
    `systemd would stop it when you log out: ${lastLine(enabled) || "lingering is not permitted"}`,
    `ask an administrator to run \`loginctl enable-linger ${runtime.env("USER") ?? uid}\``,
  );
}

/** Whether this user's systemd outlives a logout. */
export async function lingers(runtime: Runtime): Promise<boolean> {
  const { stdout } = await loginctl(
    runtime,
    "show-user",
    String(runtime.uid),
    "--property=Linger",
    "--value",
  );
  return stdout.trim() === "yes";
}

/** loginctl works with the machine's systemd for every user. */
function loginctl(runtime: Runtime, ...args: string[]) {
  return systemd(runtime, "system", ["loginctl", ...args]);
}

function none(why: string, hint: string): Obstacle {
  return { manager: null, why: why.replace(/\.$/, ""), hint };
}

/** Generation 1 has no Linux kernel, and so no systemd. */
export type WslGeneration = 1 | 2;

/** Files that only containers have: they share WSL's kernel, but do not stop with a window. */
const OF_CONTAINERS = ["/.dockerenv", "/run/.containerenv"];

/** The generation of WSL on this machine; null if it is not WSL. */
export async function wslGeneration({ os, env, files }: Runtime): Promise<WslGeneration | null> {
  if (os !== "linux") return null;
  const release = await files.readTextIfExists("/proc/sys/kernel/osrelease").catch(() => null) ?? "";
  if (!/microsoft/i.test(release)) return env("WSL_DISTRO_NAME") === undefined ? null : 2; // a custom kernel
  const contained = await Promise.all(OF_CONTAINERS.map((path) => files.exists(path)));
  if (contained.includes(true)) return null;
  return /^4\.4\.\d+-\d+-Microsoft/.test(release) ? 1 : 2;
}

/** How to enable systemd in this WSL, as the end of a sentence that begins with `to …,`. */
export function systemdInWsl(generation: WslGeneration): string {
  return generation === 1
    ? "convert this distribution with `wsl --set-version NAME 2` in Windows"
    : "write the lines [boot] and systemd=true into /etc/wsl.conf and run `wsl --shutdown` in Windows";
}

/**
 * A warning that WSL stops this Linux once its last window is closed, with what to do; null if it
 * does not. Services of systemd and detached processes do not keep it running (microsoft/WSL issues
 * 9667 and 8854).
 */
export async function wslStopsWithWindow(runtime: Runtime): Promise<string | null> {
  if (await wslGeneration(runtime) !== 2 || await isToldToStay(runtime)) return null;
  return "WSL stops this Linux and the daemon some seconds after its last window is closed: keep a window open, or " +
    "write the lines [general] and instanceIdleTimeout=-1 into .wslconfig in your Windows home and run `wsl --shutdown` there.";
}

/**
 * Whether .wslconfig in the Windows home already prevents it, by a negative number (microsoft/WSL
 * pull request 41109). The home is known from what Windows adds to PATH.
 */
async function isToldToStay({ env, files }: Runtime): Promise<boolean> {
  const [home] = /\/mnt\/[a-z]\/Users\/[^/:]+/i.exec(env("PATH") ?? "") ?? [];
  if (home === undefined) return false;
  const text = await files.readTextIfExists(`${home}/.wslconfig`).catch(() => null) ?? "";
  return /^\s*instanceIdleTimeout\s*=\s*-\d+\s*$/im.test(text);
}

/** A daemon's unit, and the home that its file names. */
export interface UnitOnDisk {
  readonly unit: UnitFile;
  /** Absolute path of the cluster's folder. */
  readonly home: string;
}

/**
 * The units of this user's daemons, or for root of the machine's, by the files that their managers
 * read.
 */
export async function unitsOnDisk(runtime: Runtime): Promise<UnitOnDisk[]> {
  const { files } = runtime;
  const manager = runtime.os === "darwin" ? "launchd" : runtime.uid === 0 ? "system" : "user";
  const folder = usualFolder(runtime, manager);
  const found: UnitOnDisk[] = [];
  for (const name of await files.list(folder).catch(() => [])) {
    const unit = manager === "launchd" ? name.replace(/\.plist$/, "") : name;
    if (!isUnitName(manager, unit)) continue;
    const file = join(folder, name);
    const home = await homeOfUnit(runtime, file);
    if (home !== null) found.push({ unit: { manager, unit, file }, home });
  }
  return found;
}

/** The command that removes a unit. */
export function removeCommand({ manager, unit, file }: UnitFile): string {
  if (manager === "launchd") return `launchctl unload ${shellWord(file)}; rm ${shellWord(file)}`;
  const systemctl = manager === "user" ? "systemctl --user" : "systemctl";
  return `${systemctl} disable --now ${unit}; rm ${shellWord(file)}`;
}

/** Where a manager's units are, when it is not asked. */
function usualFolder(runtime: Runtime, manager: Manager): string {
  if (manager === "launchd") return launchdFolder(runtime);
  if (manager === "system") return "/etc/systemd/system";
  const settings = runtime.env("XDG_CONFIG_HOME") ?? join(runtime.env("HOME") ?? "/", ".config");
  return join(settings, "systemd", "user");
}
