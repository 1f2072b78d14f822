/** The Python package `crosscore` in an environment. @module */

import { pipInstall } from "./_install_line.ts";
import { inspectPython } from "./_inspect.ts";
import type { Runtime } from "../runtime.ts";

/** What is installed there. */
export interface InstalledPackage {
  /** `0.1.0`; null when it is not installed, as where it is on PYTHONPATH alone. */
  readonly version: string | null;
  /** The command that puts another in its place: `what` is a folder, a file or a requirement, as a shell reads it. */
  replaceBy(what: string): string;
}

/**
 * Looks which version of the package `crosscore` is installed.
 *
 * @param python absolute path
 * @throws {PrerequisiteError} it is no Python that works
 */
export async function installedCrosscore(runtime: Runtime, python: string): Promise<InstalledPackage> {
  const { details } = await inspectPython(runtime, python, ["crosscore"]);
  return {
    version: details?.packages["crosscore"] ?? null,
    replaceBy: (what) => pipInstall(python, details?.hasPip ?? true, what),
  };
}
