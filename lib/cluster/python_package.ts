/** `xcore python`: the Python package, laid out where scripts can find it. @module */

import { dirname, join } from "node:path";
import { EMBEDDED } from "../_embedded.ts";
import type { Place } from "./cluster.ts";

/** What of python/ is the package; the rest runs beside Dask. */
const PACKAGE = /^python\/(crosscore\/.*|[^/]+)$/;

/** The paths of the package's files, in the repository and, below $XCORE_HOME, on disk. */
export const PACKAGE_FILES: readonly string[] = Object.keys(EMBEDDED).filter((path) => PACKAGE.test(path));

/** Writes the package to $XCORE_HOME/python and returns that folder, for PYTHONPATH or `pip install`. */
export async function writePythonPackage({ runtime, home }: Place): Promise<string> {
  for (const path of PACKAGE_FILES) {
    const text = EMBEDDED[path]!;
    const target = join(home.root, path);
    if (await runtime.files.readTextIfExists(target) === text) continue;
    await runtime.files.mkdir(dirname(target));
    await runtime.files.writeText(target, text);
  }
  return home.python;
}
