/** Doctor's checks of the program and the Python package. @module */

import { dirname, join } from "node:path";
import { type CheckResult, passed, warning } from "../platform/check_result.ts";
import { pipCommand } from "../python/python_environment.ts";
import { installedCrosscore } from "../python/write_python_package.ts";
import type { Runtime } from "../runtime.ts";
import { xcoresOnPath } from "../service/daemon_program.ts";
import { onPath } from "../util/on_path.ts";
import { VERSION } from "../version.ts";
import type { Progress, Scope } from "./cluster.ts";

const PROGRAM = "Program";

/** Warns where a shell would run the old Python tool of the same name. */
export async function programCheck(runtime: Runtime): Promise<CheckResult> {
  const first = (await xcoresOnPath(runtime).next()).value;
  if (first?.kind !== "old tool") return passed(PROGRAM, `xcore ${VERSION}`);
  return warning(
    PROGRAM,
    `the first xcore on PATH is the old Python tool (crosscore 0.0.1): ${first.path}`,
    `Remove it with \`${await uninstallCommand(runtime, first.python)}\`, then open a new shell.`,
  );
}

/** Reports the same during init and start. */
export async function warnOfOldTool(runtime: Runtime, progress: Progress): Promise<void> {
  const { outcome, message, fix } = await programCheck(runtime);
  if (outcome === "warning") progress(`Warning: ${message}. ${fix}`);
}

async function uninstallCommand(runtime: Runtime, python: string | null): Promise<string> {
  if (python === null) return "pip uninstall crosscore";
  const hasPip = await runtime.files.exists(join(dirname(python), "pip"));
  const hasUv = await onPath(runtime, "uv") !== null;
  return pipCommand(python, { hasPip, hasUv }, "uninstall", "crosscore");
}

const PACKAGE = "Python package";
const VERSION_LINE = /^__version__ = "(.+)"$/m;

/**
 * Compares the versions of the program, of the package that `xcore python` wrote, and of the one in
 * the jobs' environment.
 *
 * @param python the interpreter of the jobs; null: unknown
 */
export async function packageChecks({ runtime, home }: Scope, python: string | null): Promise<CheckResult[]> {
  const ours = VERSION;
  const written = await runtime.files.readTextIfExists(join(home.python, "crosscore", "__init__.py"));
  const onPath = written === null ? null : VERSION_LINE.exec(written)?.[1] ?? "of an unknown version";
  const installed = python === null ? null : await installedCrosscore(runtime, python);
  const wrong: CheckResult[] = [];
  if (installed !== null && installed.version !== null && installed.version !== ours) {
    wrong.push(warning(
      PACKAGE,
      `crosscore ${installed.version} is installed in ${python}, but this is xcore ${ours}`,
      `Run: ${installed.replaceBy('"$(xcore python)"')}`,
    ));
  }
  if (onPath !== null && onPath !== ours) {
    wrong.push(warning(
      PACKAGE,
      `crosscore ${onPath} is in ${home.python}, but this is xcore ${ours}`,
      "Update it with `xcore python`.",
    ));
  }
  if (wrong.length > 0) return wrong;
  if (installed !== null && installed.version !== null) {
    return [passed(PACKAGE, `crosscore ${ours} is installed in ${python}`)];
  }
  return [passed(PACKAGE, `crosscore ${ours}, in the folder that \`xcore python\` prints`)];
}
