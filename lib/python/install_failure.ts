/**
 * Why making an environment failed, from the output of venv, pip and uv; and how far pip has come.
 * @module
 */

import { PrerequisiteError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";
import { count } from "../util/duration_text.ts";

/** A failed step: which program did what. */
export interface FailedStep {
  /** `install dask, distributed, crossflow, bokeh` */
  readonly doing: string;
  readonly result: RunResult;
  /** The hint if there is no Python, or one without venv. */
  readonly installPython: string;
  /** The hint for an unknown failure. */
  readonly otherwise?: string;
}

/** Messages of pip, uv and the libraries below them without a network. */
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
  // Every index has some version of Dask.
  "from versions: none",
];

const NOT_TRUSTED = [
  "certificate verify failed",
  "CERTIFICATE_VERIFY_FAILED",
  "invalid peer certificate",
  "UnknownIssuer",
];

/** In the order of the search: an untrusted certificate is also a failed request. */
const MEANINGS: readonly (readonly [words: readonly string[], meaning: string, fix: string])[] = [
  [["No space left", "ENOSPC"], "the disk is full", "Free some space"],
  [
    NOT_TRUSTED,
    "the package index's certificate is not trusted",
    "Set PIP_CERT and SSL_CERT_FILE to the certificates of your network",
  ],
  [
    ["407 Proxy", "proxy authentication"],
    "the proxy requires a password",
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
      : `Install it, then run the command again: sudo apt install ${debian}`;
    return new PrerequisiteError(`Cannot ${doing}: this Python comes without venv or pip`, fix);
  }
  for (const [words, meaning, fix] of MEANINGS) {
    if (words.some((each) => said.toLowerCase().includes(each.toLowerCase()))) {
      return new PrerequisiteError(`Cannot ${doing}: ${meaning}`, `${fix}, then run the command again.`);
    }
  }
  return new PrerequisiteError(
    `Cannot ${doing}: ${errorLine(result)}`,
    otherwise ??
      "Fix that and run the command again, or name an environment with --python PATH.",
  );
}

function errorLine({ code, stdout, stderr }: RunResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const line = lines.findLast((each) => /^(error|fatal)\b/i.test(each)) ?? lines.at(-1);
  return line === undefined ? `exit code ${code}` : line.slice(0, 200);
}

/**
 * The line that installs a Python with its venv module: the system's own, or the minor version
 * named.
 */
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
 * How to install a Python on this system, in one line.
 *
 * @param minor `3.11`: a version other than the system's own
 */
export async function howToInstallPython(runtime: Runtime, minor?: string): Promise<string> {
  const line = runtime.os === "darwin" ? "brew install python" : await lineForLinux(runtime, minor);
  const wanted = minor ?? "3.8";
  return line === null
    ? `Install Python ${wanted} or newer with its venv module (https://www.python.org/downloads), then run the command again.`
    : `Install it, then run the command again: ${line}`;
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

const POLL_MS = 300;

/** `…  Downloading bokeh-3.9.2-py3-none-any.whl (6.4 MB)`, or `Using cached …` */
const FETCHED = /^\S+\s+(?:Downloading|Using cached) (?:\S*\/)?([A-Za-z0-9_.]+-[^-\s]+)\S* \((.+)\)/;

const UNPACKED = /^\S+\s+Installing collected packages: (.+)/;

/** Smaller packages are fetched too fast to report. */
const WORTH_REPORTING = /MB|GB/;

/**
 * Reports each larger package that is fetched, and the unpacking, until `done` settles.
 *
 * @param logPath the file that pip's `--log` names; it may not be there yet
 * @param progress called with `Fetching bokeh-3.9.2 (6.4 MB)`
 */
export async function followPipLog(
  runtime: Runtime,
  logPath: string,
  done: Promise<unknown>,
  progress: (line: string) => void,
): Promise<void> {
  const finished = new AbortController();
  const stop = () => finished.abort();
  done.then(stop, stop);
  let reported = 0;
  while (!finished.signal.aborted) {
    await runtime.clock.sleep(POLL_MS, finished.signal);
    const lines = reportable(await runtime.files.readTextIfExists(logPath) ?? "");
    for (const line of lines.slice(reported)) progress(line);
    reported = lines.length;
  }
}

function reportable(log: string): string[] {
  const whole = log.slice(0, log.lastIndexOf("\n") + 1); // the last line may be half-written
  return whole.split("\n").flatMap((line) => {
    const [, name, size] = FETCHED.exec(line) ?? [];
    if (name !== undefined && size !== undefined) {
      return WORTH_REPORTING.test(size) ? [`Fetching ${name} (${size})`] : [];
    }
    const [, unpacked] = UNPACKED.exec(line) ?? [];
    return unpacked === undefined ? [] : [`Unpacking ${count(unpacked.split(",").length, "package")}`];
  });
}
