/** The Python environment that the scheduler and the workers use. @module */

import { basename, dirname } from "node:path";
import type { Runtime } from "../runtime.ts";
import { isOlder } from "../util/is_older.ts";
import { shellWord } from "../util/shell_word.ts";
import { type Inspection, type InspectionDetails, inspectPython, UnusablePython } from "./inspect_python.ts";

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
  /**
   * Absolute path of the interpreter; links are kept, as a virtual environment is known by them.
   */
  readonly python: string;
  /** `sys.prefix`: the environment's folder. */
  readonly prefix: string;
  /** `3.11.7` */
  readonly version: string;
  /** Each of {@linkcode PACKAGES} → its version, null when it is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
  /** Those of them that no index has: name → how they were installed. */
  readonly unreleased?: Readonly<Record<string, string>>;
}

/**
 * Why instances on a cloud cannot install the package versions of this environment; null: they can.
 *
 * @returns the error, whose hint installs releases in place of what no index has
 */
export function notInstallable(
  { python, packages, unreleased = {} }: PythonEnvironment,
): UnusablePython | null {
  const found = Object.entries(packages).flatMap(([name, version]) => {
    if (version === null) return [];
    // A local version is its builder's own: `2026.8.0+3.gabc`, `1.26.4+computecanada` (PEP 440).
    const [release = "", local] = version.split("+");
    const how = unreleased[name] ?? (local === undefined ? null : "a build of its own");
    return how === null ? [] : [{ name, version, release, how }];
  });
  if (found.length === 0) return null;
  const what = found.map(({ name, version, how }) => `${name} ${version} (${how})`).join(", ");
  const wanted = found.map(({ name, release }) =>
    /^\d+(\.\d+)+$/.test(release) ? `${name}==${release}` : name
  );
  const hint = `Install releases there: ${shellWord(python)} -m pip install ${
    wanted.join(" ")
  }; or name another Python.`;
  return new UnusablePython(python, `machines cannot install what no index has: ${what}`, hint, hint);
}

/** The oldest `distributed` that xcore's scheduler works with. */
const OLDEST_DISTRIBUTED = "2022.12.0";

/**
 * Asks an interpreter for its packages, and imports distributed in it, with the environment
 * variables, user packages and paths that the workers will have.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} not there, not Python, older than 3.8, or distributed cannot be
 * imported or is too old; the hint has the command that fixes it
 */
export async function probePython(runtime: Runtime, python: string): Promise<PythonEnvironment> {
  const inspection = await inspectPython(runtime, python, PACKAGES);
  const { version, prefix, executable, details } = inspection;
  if (details === null) {
    throw new UnusablePython(python, `Python ${version} is too old, 3.8 or newer is needed`);
  }
  const complaint = complaintAbout(python, inspection, details);
  if (complaint !== null) throw complaint;
  return {
    python: isShim(python) ? executable : python,
    prefix,
    version,
    packages: details.packages,
    unreleased: details.unreleased,
  };
}

function complaintAbout(
  python: string,
  { version }: Inspection,
  details: InspectionDetails,
): UnusablePython | null {
  const { importError, isAbsent, packages } = details;
  if (importError !== null && isAbsent) {
    return fixable(python, `distributed is not installed (Python ${version})`, details);
  }
  if (importError !== null) {
    const [found] = importError.split("\n");
    return fixable(python, `it cannot import distributed (${found})`, details, "--force-reinstall");
  }
  if (isTooOld(packages["distributed"] ?? "")) {
    const found = `distributed ${
      packages["distributed"]
    } is too old, ${OLDEST_DISTRIBUTED} or newer is needed`;
    return fixable(python, found, details, "--upgrade");
  }
  return null;
}

/** Development versions without a date pass. */
function isTooOld(version: string): boolean {
  return /^\d+\.\d+/.test(version) && isOlder(version, OLDEST_DISTRIBUTED);
}

/**
 * pyenv's and asdf's `shims/python3` depends on the folder: the interpreter it leads to now is
 * meant.
 */
function isShim(python: string): boolean {
  return basename(dirname(python)) === "shims";
}

/** The packages of an environment made by xcore. */
export const WANTED = ["dask", "distributed", "crossflow", "bokeh"] as const;

/**
 * The error for a Python in which packages have to be installed.
 *
 * @param python absolute path
 * @param option of pip: `--upgrade`
 */
function fixable(
  python: string,
  reason: string,
  details: InspectionDetails,
  option?: string,
): UnusablePython {
  const packages = WANTED.join(" ");
  if (details.isManaged) {
    const venv = "python3 -m venv ~/xcore-env && ~/xcore-env/bin/pip install";
    const hint = `Make an environment: ${venv} ${packages} && xcore config set python ~/xcore-env`;
    return new UnusablePython(python, reason, hint, "Leave out --python: xcore then makes an environment.");
  }
  const what = option === undefined ? packages : `${option} ${packages}`;
  const hint = `Run: ${pipCommand(python, details, "install", what)}`;
  return new UnusablePython(python, reason, hint, hint);
}

/**
 * The command that installs `what` into a Python's environment, or uninstalls it: with pip, or with
 * uv if only that is there.
 *
 * @param python an interpreter: a path, or a name on PATH
 * @param what packages and options, as a shell reads them
 */
export function pipCommand(
  python: string,
  { hasPip, hasUv }: Pick<InspectionDetails, "hasPip" | "hasUv">,
  verb: "install" | "uninstall",
  what: string,
): string {
  const word = shellWord(python);
  if (hasPip) return `${word} -m pip ${verb} ${what}`;
  return hasUv
    ? `uv pip ${verb} --python ${word} ${what}`
    : `${word} -m ensurepip && ${word} -m pip ${verb} ${what}`;
}
