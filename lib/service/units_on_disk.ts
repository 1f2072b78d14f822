/** The files of daemons' units on this machine, also of those whose home is gone. @module */

import { dirname, join } from "node:path";
import type { Runtime } from "../runtime.ts";
import { shellWord } from "../util/shell_word.ts";
import { homeIn } from "./daemon_spec.ts";
import { launchdNote } from "./launchd.ts";
import type { Manager, ServiceNote } from "./note.ts";

/** A daemon's unit, and the home that its file names. */
export interface UnitOnDisk {
  readonly note: ServiceNote;
  /** Absolute path of the cluster's folder. */
  readonly home: string;
}

/** `xcore@lab-0a1b2c3d.service`, `org.crosscore.xcore.lab-0a1b2c3d.plist`. */
const UNIT_FILE = /^(?:(xcore@[\w-]+\.service)|(org\.crosscore\.xcore\.[\w-]+)\.plist)$/;

/** The units of this user's daemons, or for root of the machine's, by the files that their managers read. */
export async function unitsOnDisk(runtime: Runtime): Promise<UnitOnDisk[]> {
  const { files } = runtime;
  const { manager, folder } = placeOf(runtime);
  const found: UnitOnDisk[] = [];
  for (const name of await files.list(folder).catch(() => [])) {
    const [, systemd, launchd] = UNIT_FILE.exec(name) ?? [];
    const unit = systemd ?? launchd;
    if (unit === undefined) continue;
    const file = join(folder, name);
    const home = homeIn(await files.readTextIfExists(file).catch(() => null) ?? "");
    if (home !== null) found.push({ note: { manager, unit, file }, home });
  }
  return found;
}

/** What a person would type to remove a unit. */
export function removeCommand({ manager, unit, file }: ServiceNote): string {
  if (manager === "launchd") return `launchctl unload ${shellWord(file)}; rm ${shellWord(file)}`;
  const systemctl = manager === "user" ? "systemctl --user" : "systemctl";
  return `${systemctl} disable --now ${unit}; rm ${shellWord(file)}`;
}

function placeOf(runtime: Runtime): { readonly manager: Manager; readonly folder: string } {
  if (runtime.os === "darwin") return { manager: "launchd", folder: dirname(launchdNote(runtime, "").file) };
  if (runtime.uid === 0) return { manager: "system", folder: "/etc/systemd/system" };
  const settings = runtime.env("XDG_CONFIG_HOME") ?? join(runtime.env("HOME") ?? "/", ".config");
  return { manager: "user", folder: join(settings, "systemd", "user") };
}
