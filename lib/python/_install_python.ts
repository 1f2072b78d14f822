/** How to get a Python, on the system at hand. @module */

import type { Runtime } from "../runtime.ts";

/** `ID` or a word of `ID_LIKE` in os-release → the line that installs Python with its venv module. */
const LINES: Readonly<Record<string, string>> = {
  debian: "sudo apt install python3-venv",
  ubuntu: "sudo apt install python3-venv",
  fedora: "sudo dnf install python3",
  rhel: "sudo dnf install python3",
  centos: "sudo dnf install python3",
  amzn: "sudo dnf install python3",
  arch: "sudo pacman -S python",
  suse: "sudo zypper install python3",
  opensuse: "sudo zypper install python3",
  alpine: "sudo apk add python3",
};

/** One line: what to type on this system so that there is a Python, and then. */
export async function howToInstallPython(runtime: Runtime): Promise<string> {
  const line = runtime.os === "darwin" ? "brew install python" : await lineForLinux(runtime);
  return line === null
    ? "Install Python 3.8 or newer with its venv module (https://www.python.org/downloads), then run it again."
    : `Install it, then run it again: ${line}`;
}

async function lineForLinux(runtime: Runtime): Promise<string | null> {
  const text = await runtime.files.readTextIfExists("/etc/os-release") ?? "";
  const words = ["ID", "ID_LIKE"].flatMap((key) => valueOf(text, key).split(/\s+/));
  return words.map((word) => LINES[word]).find((line) => line !== undefined) ?? null;
}

function valueOf(osRelease: string, key: string): string {
  const [, value = ""] = new RegExp(`^${key}=(.*)$`, "m").exec(osRelease) ?? [];
  return value.replace(/^["']|["']$/g, "");
}
