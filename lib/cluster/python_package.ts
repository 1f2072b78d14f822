/** `xcore python`: the Python package, laid out where scripts can find it. @module */

import { dirname, join } from "node:path";
import { EMBEDDED } from "../_embedded.ts";
import type { Place } from "./cluster.ts";

/** What of python/ is the package; the rest runs beside Dask. */
const PACKAGE = /^python\/(crosscore\/.*|[^/]+)$/;

/** Writes the package to $XCORE_HOME/python and returns that folder, for PYTHONPATH or `pip install`. */
export async function writePythonPackage({ runtime, home }: Place): Promise<string> {
  for (const [path, text] of Object.entries(EMBEDDED).filter(([path]) => PACKAGE.test(path))) {
    const target = join(home.python, path.slice("python/".length));
    if (await runtime.files.readTextIfExists(target) === text) continue;
    await runtime.files.mkdir(dirname(target));
    await runtime.files.writeText(target, text);
  }
  return home.python;
}
