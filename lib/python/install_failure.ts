/** What went wrong in making an environment, from the words of venv, pip and uv. @module */

import { PrerequisiteError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";

/** A failed step: which program did what. */
export interface FailedStep {
  /** `install dask, distributed, crossflow, bokeh` */
  readonly doing: string;
  readonly result: RunResult;
  /** The fix for no Python, or one without what venv needs. */
  readonly installPython: string;
  /** The fix for a failure of no known kind. */
  readonly otherwise?: string;
}

/** How pip and uv, and what is under them, say that they reach nothing. */
const NO_CONNECTION = [
  "NewConnectionError",
  "ConnectTimeout",
  "ProxyError",
  "RemoteDisconnected",
  "connection refused",
  "timed out",
  "unreachable",
  "name resolution",
  "name or service not known",
  "nodename nor servname",
  "dns error",
  "error sending request",
  "failed to fetch",
  // An index that is reached has some version of Dask.
  "from versions: none",
];

const NOT_TRUSTED = [
  "certificate verify failed",
  "CERTIFICATE_VERIFY_FAILED",
  "invalid peer certificate",
  "UnknownIssuer",
];

/** In the order they are looked for: a certificate that is not trusted is a failed request as well. */
const MEANINGS: readonly (readonly [words: readonly string[], meaning: string, fix: string])[] = [
  [["No space left", "ENOSPC"], "the disk is full", "Make room"],
  [
    NOT_TRUSTED,
    "the package index's certificate is not trusted",
    "Set PIP_CERT and SSL_CERT_FILE to your network's",
  ],
  [
    ["407 Proxy", "proxy authentication"],
    "the proxy wants a password",
    "Set HTTPS_PROXY to http://NAME:PASSWORD@HOST:PORT",
  ],
  [
    NO_CONNECTION,
    "the package index cannot be reached",
    "Check the network, or set HTTPS_PROXY or PIP_INDEX_URL (with uv: UV_DEFAULT_INDEX)",
  ],
];

/** The error for a step that failed. */
export function installFailure({ doing, result, installPython, otherwise }: FailedStep): PrerequisiteError {
  const said = `${result.stdout}\n${result.stderr}`;
  if (/No interpreter found/.test(said)) {
    return new PrerequisiteError(`Cannot ${doing}: uv finds no Python`, installPython);
  }
  if (/ensurepip is not\s+available|No module named '?(venv|ensurepip)/.test(said)) {
    const [, debian] = /^\s*apt(?:-get)? install (\S+)/m.exec(said) ?? [];
    const fix = debian === undefined
      ? installPython
      : `Install it, then run it again: sudo apt install ${debian}`;
    return new PrerequisiteError(`Cannot ${doing}: this Python comes without venv or pip`, fix);
  }
  for (const [words, meaning, fix] of MEANINGS) {
    if (words.some((each) => said.toLowerCase().includes(each.toLowerCase()))) {
      return new PrerequisiteError(`Cannot ${doing}: ${meaning}`, `${fix}, then run it again.`);
    }
  }
  return new PrerequisiteError(
    `Cannot ${doing}: ${lastWords(result)}`,
    otherwise ??
      "Mend that and run it again, or name an environment of your own: `xcore init local --python PATH`.",
  );
}

function lastWords({ code, stdout, stderr }: RunResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const line = lines.findLast((each) => /^(error|fatal)\b/i.test(each)) ?? lines.at(-1);
  return line === undefined ? `exit code ${code}` : line.slice(0, 200);
}

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
