/** The Python environment that the scheduler and the workers use. @module */

import { basename, dirname } from "node:path";
import type { PrerequisiteError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { type Inspection, type InspectionDetails, inspectPython, unusable } from "./inspect_python.ts";

/** The packages whose versions client, scheduler and workers must share, and the dashboard's. */
export const PACKAGES = [
  "dask",
  "distributed",
  "cloudpickle",
  "msgpack",
  "tornado",
  "lz4",
  "numpy",
  "pandas",
  "crossflow",
  "bokeh",
] as const;

/** A Python that imports distributed, and what is in it. */
export interface PythonEnvironment {
  /** Absolute path of the interpreter; links are kept, as a virtual environment is known by them. */
  readonly python: string;
  /** `sys.prefix`: the environment's folder. */
  readonly prefix: string;
  /** `3.11.7` */
  readonly version: string;
  /** Each of {@linkcode PACKAGES} → its version, null when it is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
}

/** `distributed` before this knows too little for xcore's scheduler. */
const OLDEST_DISTRIBUTED = { year: 2022, month: 12 };

/**
 * Asks an interpreter what it has, and actually imports distributed in it: with the environment variables, user
 * packages and paths that the workers will have, too.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} not there, not Python, older than 3.8, or distributed cannot be imported or is too old; the
 * hint has the line that mends it
 */
export async function probePython(runtime: Runtime, python: string): Promise<PythonEnvironment> {
  const inspection = await inspectPython(runtime, python, PACKAGES);
  const { version, prefix, executable, details } = inspection;
  if (details === null) throw unusable(python, `it is Python ${version}, and 3.8 or newer is needed`);
  const complaint = complaintAbout(python, inspection, details);
  if (complaint !== null) throw complaint;
  return { python: isShim(python) ? executable : python, prefix, version, packages: details.packages };
}

function complaintAbout(
  python: string,
  { version }: Inspection,
  details: InspectionDetails,
): PrerequisiteError | null {
  const { importError, isAbsent, packages } = details;
  if (importError !== null && isAbsent) {
    return unusable(
      python,
      `distributed is not installed there (Python ${version})`,
      installLine(python, details),
    );
  }
  if (importError !== null) {
    const [found] = importError.split("\n");
    return unusable(
      python,
      `it cannot import distributed (${found})`,
      installLine(python, details, "--force-reinstall"),
    );
  }
  if (isTooOld(packages["distributed"] ?? "")) {
    const { year, month } = OLDEST_DISTRIBUTED;
    const found = `distributed ${packages["distributed"]} is too old, ${year}.${month} or newer is needed`;
    return unusable(python, found, installLine(python, details, "--upgrade"));
  }
  return null;
}

/** Development versions that do not say a date pass. */
function isTooOld(version: string): boolean {
  const [, year, month] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (year === undefined || month === undefined) return false;
  const { year: oldestYear, month: oldestMonth } = OLDEST_DISTRIBUTED;
  return Number(year) * 12 + Number(month) < oldestYear * 12 + oldestMonth;
}

/** pyenv's and asdf's `shims/python3` is another Python in another folder: what it led to today is what is meant. */
function isShim(python: string): boolean {
  return basename(dirname(python)) === "shims";
}

/** What an environment made for xcore gets. */
export const WANTED = ["dask", "distributed", "crossflow", "bokeh"] as const;

/**
 * A hint for a Python that lacks distributed.
 *
 * @param python absolute path
 * @param option given to pip beside the packages: `--upgrade`
 */
export function installLine(
  python: string,
  { hasPip, isManaged }: InspectionDetails,
  option?: string,
): string {
  if (isManaged) return "Let xcore make an environment of its own: `xcore init local`.";
  const what = option === undefined ? WANTED.join(" ") : `${option} ${WANTED.join(" ")}`;
  return `Run: ${pipInstall(python, hasPip, what)}`;
}

/** The command that installs `what`, as a shell reads it, into a Python's environment: by its own pip, or else by uv. */
export function pipInstall(python: string, hasPip: boolean, what: string): string {
  const quoted = /^[\w@%+=:,./~-]+$/.test(python) ? python : `'${python.replaceAll("'", `'\\''`)}'`;
  return hasPip ? `${quoted} -m pip install ${what}` : `uv pip install --python ${quoted} ${what}`;
}
