/** How to get a Python, on the system at hand. @module */

import type { Runtime } from "../runtime.ts";

/** The line that installs a Python with its venv module: the system's own, or the minor version named. */
type Line = (minor: string | undefined) => string;

const apt: Line = (minor = "3") => `sudo apt install python${minor}-venv`;
const dnf: Line = (minor = "3") => `sudo dnf install python${minor}`;
const zypper: Line = (minor = "3") => `sudo zypper install python${minor.replace(".", "")}`;

/** `ID` or a word of `ID_LIKE` in os-release → the line for that system. */
const LINES: Readonly<Record<string, Line>> = {
  debian: apt,
  ubuntu: apt,
  fedora: dnf,
  rhel: dnf,
  centos: dnf,
  amzn: dnf,
  arch: () => "sudo pacman -S python",
  suse: zypper,
  opensuse: zypper,
  alpine: () => "sudo apk add python3",
};

/**
 * One line: what to type on this system so that there is a Python, and then.
 *
 * @param minor `3.11`: this one, where the system's own is older or is another
 */
export async function howToInstallPython(runtime: Runtime, minor?: string): Promise<string> {
  const line = runtime.os === "darwin" ? "brew install python" : await lineForLinux(runtime, minor);
  const wanted = minor ?? "3.8";
  return line === null
    ? `Install Python ${wanted} or newer with its venv module (https://www.python.org/downloads), then run it again.`
    : `Install it, then run it again: ${line}`;
}

async function lineForLinux(runtime: Runtime, minor: string | undefined): Promise<string | null> {
  const text = await runtime.files.readTextIfExists("/etc/os-release") ?? "";
  const words = ["ID", "ID_LIKE"].flatMap((key) => valueOf(text, key).split(/\s+/));
  return words.map((word) => LINES[word]).find((line) => line !== undefined)?.(minor) ?? null;
}

function valueOf(osRelease: string, key: string): string {
  const [, value = ""] = new RegExp(`^${key}=(.*)$`, "m").exec(osRelease) ?? [];
  return value.replace(/^["']|["']$/g, "");
}
