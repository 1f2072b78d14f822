/** Which service manager can look after a daemon here. @module */

import { UsageError } from "../errors.ts";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import { lastLine, show, systemd } from "./_systemctl.ts";
import { launchdNote, launchdService } from "./launchd.ts";
import type { Manager, ServiceNote } from "./note.ts";
import type { Service } from "./service.ts";
import { systemdInWsl, wslGeneration } from "./wsl.ts";
import { systemdNote, systemdService } from "./systemd.ts";

/** The manager, or why there is none and what would change that. */
export type Choice =
  | { readonly manager: Manager; /** What was changed for it. */ readonly news?: string }
  | { readonly manager: null; readonly why: string; readonly hint: string };

/** A folder that is there exactly while systemd runs the machine, see sd_booted(3). */
const BOOTED = "/run/systemd/system";

const LINGERING = "Switched lingering on, so that your daemon outlives your logout " +
  "(`loginctl disable-linger` switches it off).";

/**
 * The service manager to use: systemd of the machine for root, of the user with lingering for others, launchd on macOS.
 * Switches lingering on.
 *
 * @throws {UsageError} XCORE_SERVICE is set to something else than `none`
 */
export async function chooseManager(runtime: Runtime, home: Home): Promise<Choice> {
  const wish = runtime.env("XCORE_SERVICE");
  if (wish === "none") return none("XCORE_SERVICE=none", "");
  if (wish !== undefined) {
    throw new UsageError(
      `Cannot follow XCORE_SERVICE=${wish}: it can only be none`,
      "Unset it to have systemd or launchd run the daemon.",
    );
  }
  if (/\p{Cc}/u.test(home.dir)) return none("the home's path has a control character in it", "");
  if (runtime.os === "darwin") return { manager: "launchd" };
  if (!await hasSystemd(runtime)) {
    const wsl = await wslGeneration(runtime);
    if (wsl !== null) return none("systemd does not run in this WSL", systemdInWsl(wsl));
    return none("this machine has neither systemd nor launchd", "");
  }
  return runtime.uid === 0 ? await machine(runtime) : await user(runtime);
}

/** Whether systemd runs this machine. */
export function hasSystemd({ files }: Runtime): Promise<boolean> {
  return files.exists(BOOTED);
}

/** A cluster's daemon in the hands of the manager that was chosen. */
export async function serviceFor(runtime: Runtime, manager: Manager, clusterId: string): Promise<Service> {
  return manager === "launchd"
    ? launchdService(runtime, launchdNote(runtime, clusterId))
    : systemdService(runtime, await systemdNote(runtime, manager, clusterId), manager);
}

/** A daemon in the hands of the manager that its home's note names. */
export function serviceOf(runtime: Runtime, note: ServiceNote): Service {
  return note.manager === "launchd"
    ? launchdService(runtime, note)
    : systemdService(runtime, note, note.manager);
}

async function machine(runtime: Runtime): Promise<Choice> {
  if (await show(runtime, "system", ["Version"]) !== null) return { manager: "system" };
  const asked = await systemd(runtime, "system", ["systemctl", "show", "--property=Version"]);
  return none(`systemd does not answer: ${lastLine(asked)}`, "");
}

async function user(runtime: Runtime): Promise<Choice> {
  const asked = await systemd(runtime, "user", ["systemctl", "show", "--property=Version"]);
  if (asked.code !== 0) {
    return none(
      `systemd for users cannot be reached: ${lastLine(asked)}`,
      "log in by ssh or on a console, not by su or sudo (Debian: with dbus-user-session installed)",
    );
  }
  const uid = String(runtime.uid);
  if (await lingers(runtime)) return { manager: "user" };
  const enabled = await loginctl(runtime, "enable-linger", uid);
  if (enabled.code === 0 && await lingers(runtime)) return { manager: "user", news: LINGERING };
  return none(
    `systemd would end it when you log out: ${lastLine(enabled) || "you have no right to linger"}`,
    `have an administrator run \`loginctl enable-linger ${runtime.env("USER") ?? uid}\``,
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

/** loginctl speaks to the machine, whoever asks. */
function loginctl(runtime: Runtime, ...args: string[]) {
  return systemd(runtime, "system", ["loginctl", ...args]);
}

function none(why: string, hint: string): Choice {
  return { manager: null, why: why.replace(/\.$/, ""), hint };
}
