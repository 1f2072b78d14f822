/** The line to type that puts Dask into a Python. @module */

import type { InspectionDetails } from "./_inspect.ts";

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
