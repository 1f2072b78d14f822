/** The process table of this system: /proc on Linux, `ps` on macOS. @module */

import { PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { procTable } from "./proc.ts";
import type { ProcessTable } from "./process.ts";
import { psTable } from "./ps.ts";

/**
 * This system's process table.
 *
 * @throws {PrerequisiteError} it is neither Linux nor macOS
 */
export function processTable(runtime: Runtime): ProcessTable {
  if (runtime.os === "linux") return procTable(runtime);
  if (runtime.os === "darwin") return psTable(runtime);
  throw new PrerequisiteError(
    `Cannot run workers on this machine: ${runtime.os} has neither /proc nor ps`,
    "Use Linux, macOS or the Windows Subsystem for Linux.",
  );
}
