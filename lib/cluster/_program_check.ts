/** Whether `xcore` typed into a shell is this program. @module */

import { dirname, join } from "node:path";
import { type CheckResult, passed, warning } from "../platform/check_result.ts";
import type { Runtime } from "../runtime.ts";
import { xcoresOnPath } from "../service/installed.ts";
import { VERSION } from "../version.ts";
import type { Progress } from "./cluster.ts";

const NAME = "Program";

/** Warns where a shell would run the old Python tool of the same name. */
export async function programCheck(runtime: Runtime): Promise<CheckResult> {
  const first = (await xcoresOnPath(runtime).next()).value;
  if (first?.kind !== "old tool") return passed(NAME, `xcore ${VERSION}`);
  return warning(
    NAME,
    `the first xcore on PATH is the old Python tool (crosscore 0.0.1): ${first.path}`,
    `Remove it with \`${await uninstallCommand(runtime, first.python)}\`, then open a new shell.`,
  );
}

/** The same for a person who sets things up, and has asked for no check. */
export async function warnOfOldTool(runtime: Runtime, progress: Progress): Promise<void> {
  const { outcome, message, fix } = await programCheck(runtime);
  if (outcome === "warning") progress(`Warning: ${message}. ${fix}`);
}

async function uninstallCommand(runtime: Runtime, python: string | null): Promise<string> {
  if (python === null) return "pip uninstall crosscore";
  return await runtime.files.exists(join(dirname(python), "pip"))
    ? `${python} -m pip uninstall crosscore`
    : `uv pip uninstall --python ${python} crosscore`;
}
