/** Whether the program and the copies of its Python package are of one version. @module */

import { join } from "node:path";
import { type CheckResult, passed, warning } from "../platform/check_result.ts";
import { installedCrosscore } from "../python/crosscore.ts";
import { VERSION } from "../version.ts";
import type { Place } from "./cluster.ts";

const NAME = "Python package";
const VERSION_LINE = /^__version__ = "(.+)"$/m;

/**
 * Compares the package that `xcore python` has written, for PYTHONPATH, and the one that is installed where jobs run.
 *
 * @param python the interpreter of the jobs; null: nobody knows it
 */
export async function packageChecks({ runtime, home }: Place, python: string | null): Promise<CheckResult[]> {
  const ours = VERSION;
  const written = await runtime.files.readTextIfExists(join(home.python, "crosscore", "__init__.py"));
  const onPath = written === null ? null : VERSION_LINE.exec(written)?.[1] ?? "of unknown version";
  const installed = python === null ? null : await installedCrosscore(runtime, python);
  const wrong: CheckResult[] = [];
  if (installed !== null && installed.version !== null && installed.version !== ours) {
    wrong.push(warning(
      NAME,
      `crosscore ${installed.version} is installed in ${python}, and this is xcore ${ours}`,
      `Run: ${installed.replaceBy('"$(xcore python)"')}`,
    ));
  }
  if (onPath !== null && onPath !== ours) {
    wrong.push(warning(
      NAME,
      `crosscore ${onPath} is in ${home.python}, for PYTHONPATH, and this is xcore ${ours}`,
      "Write it again with `xcore python`.",
    ));
  }
  if (wrong.length > 0) return wrong;
  if (installed !== null && installed.version !== null) {
    return [passed(NAME, `crosscore ${ours} is installed in ${python}`)];
  }
  return [passed(NAME, `crosscore ${ours} is in the folder that \`xcore python\` prints, for PYTHONPATH`)];
}
