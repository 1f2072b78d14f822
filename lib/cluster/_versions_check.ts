/** Whether a person's Python fits the scheduler that runs. Pure. @module */

import { minorVersion } from "../platform/boot/boot_script.ts";
import { type CheckResult, failed, passed, warning } from "../platform/check_result.ts";
import type { PythonEnvironment } from "../python/environment.ts";

const NAME = "Versions";

const FIX = "Have a scheduler and workers with this Python's versions: `xcore restart`.";

/** @param installed package → version in the scheduler's environment, Python itself among them, as its report has it */
export function versionsCheck(
  { python, version, packages }: PythonEnvironment,
  installed: Readonly<Record<string, string | null>>,
): CheckResult {
  const theirs = installed.python ?? "";
  if (minorVersion(theirs) !== minorVersion(version)) {
    return failed(
      NAME,
      `${python} is Python ${version}, the scheduler's ${theirs}: no task can be read`,
      FIX,
    );
  }
  // What only one side has is nothing that they could disagree on.
  const different = Object.entries(packages).filter(([name, ours]) =>
    ours !== null && (installed[name] ?? ours) !== ours
  );
  if (different.length === 0) {
    return passed(
      NAME,
      `Python ${version} and distributed ${packages.distributed}, as the scheduler has them`,
    );
  }
  const found = different.map(([name, ours]) => `${name} ${ours}, the scheduler ${installed[name]}`);
  return warning(NAME, `${python} has ${found.join("; ")}`, FIX);
}
