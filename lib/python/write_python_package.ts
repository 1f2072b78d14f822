/**
 * The Python package `crosscore`: written for PYTHONPATH, or installed in an environment.
 * @module
 */

import { dirname, join } from "node:path";
import { EMBEDDED } from "../_embedded.ts";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import { inspectPython } from "./inspect_python.ts";
import { pipCommand } from "./python_environment.ts";

/** The files of python/ that are the package; the others run beside Dask. */
const PACKAGE = /^python\/(crosscore\/.*|[^/]+)$/;

/** The paths of the package's files, in the repository and, below $XCORE_HOME, on disk. */
export const PACKAGE_FILES: readonly string[] = Object.keys(EMBEDDED).filter((path) => PACKAGE.test(path));

/**
 * Writes the package to $XCORE_HOME/python and returns that folder, for PYTHONPATH or `pip
 * install`.
 */
export async function writePythonPackage(
  { runtime: { files }, home }: { readonly runtime: Runtime; readonly home: Home },
): Promise<string> {
  for (const path of PACKAGE_FILES) {
    const text = EMBEDDED[path]!;
    const target = join(home.root, path);
    if (await files.readTextIfExists(target) === text) continue;
    await files.mkdir(dirname(target));
    await files.writeText(target, text);
  }
  return home.python;
}

/** The package in an environment. */
export interface InstalledPackage {
  /** `0.1.0`; null if it is not installed. */
  readonly version: string | null;
  /**
   * The command that replaces it by `what`: a folder, a file or a requirement, as a shell reads it.
   */
  replaceBy(what: string): string;
}

/**
 * Finds the installed version of the package `crosscore`.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} it is not a working Python
 */
export async function installedCrosscore(runtime: Runtime, python: string): Promise<InstalledPackage> {
  const { details } = await inspectPython(runtime, python, ["crosscore"]);
  return {
    version: details?.packages["crosscore"] ?? null,
    replaceBy: (what) => pipCommand(python, details ?? { hasPip: true, hasUv: false }, "install", what),
  };
}
