/** Linux inside Windows, which stops it when it seems idle. @module */

import type { Runtime } from "../runtime.ts";

/** Generation 1 has no kernel of its own, and so no systemd. */
export type WslGeneration = 1 | 2;

/** Files that only containers have: the kernel under them is WSL's, but nobody stops them with a window. */
const OF_CONTAINERS = ["/.dockerenv", "/run/.containerenv"];

/** Which generation of WSL this machine is; null when it is none. */
export async function wslGeneration({ os, env, files }: Runtime): Promise<WslGeneration | null> {
  if (os !== "linux") return null;
  const release = await files.readTextIfExists("/proc/sys/kernel/osrelease").catch(() => null) ?? "";
  if (!/microsoft/i.test(release)) return env("WSL_DISTRO_NAME") === undefined ? null : 2; // a kernel of one's own
  const contained = await Promise.all(OF_CONTAINERS.map((path) => files.exists(path)));
  if (contained.includes(true)) return null;
  return /^4\.4\.\d+-\d+-Microsoft/.test(release) ? 1 : 2;
}

/** How to have systemd in this WSL, as the rest of a sentence that begins with a `to …,`. */
export function systemdInWsl(generation: WslGeneration): string {
  return generation === 1
    ? "convert this distribution with `wsl --set-version NAME 2` in Windows"
    : "write the lines [boot] and systemd=true into /etc/wsl.conf and run `wsl --shutdown` in Windows";
}

/**
 * What to do against WSL's stopping this Linux, daemon and all, once its last window is closed; null where it does not. What
 * systemd runs does not count for it, nor what has left its window (microsoft/WSL issues 9667 and 8854).
 */
export async function wslStopsWithWindow(runtime: Runtime): Promise<string | null> {
  if (await wslGeneration(runtime) !== 2 || await isToldToStay(runtime)) return null;
  return "WSL stops this Linux, and the daemon with it, some seconds after its last window is closed: leave a window open, or " +
    "write the lines [general] and instanceIdleTimeout=-1 into .wslconfig in your Windows home and run `wsl --shutdown` there.";
}

/** Whether the Windows home's .wslconfig says so already, by any negative number (microsoft/WSL pull request 41109); the home is known by what Windows adds to PATH. */
async function isToldToStay({ env, files }: Runtime): Promise<boolean> {
  const [home] = /\/mnt\/[a-z]\/Users\/[^/:]+/i.exec(env("PATH") ?? "") ?? [];
  if (home === undefined) return false;
  const text = await files.readTextIfExists(`${home}/.wslconfig`).catch(() => null) ?? "";
  return /^\s*instanceIdleTimeout\s*=\s*-\d+\s*$/im.test(text);
}
