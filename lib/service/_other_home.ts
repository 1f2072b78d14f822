/** A service's file belongs to one home. @module */

import { join } from "node:path";
import { ConflictError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { type DaemonSpec, homeIn } from "./daemon_spec.ts";

/**
 * Looks that the file found there is not of another home of the same cluster: a copy. A home that has moved is the same.
 *
 * @throws {ConflictError} it is, and that home is still there
 */
export async function refuseOtherHome(
  runtime: Runtime,
  { home }: DaemonSpec,
  found: string | null,
  unit: string,
): Promise<void> {
  const other = found === null ? null : homeIn(found);
  if (other === null || other === home.dir) return;
  if (!await runtime.files.exists(join(other, "config.yaml"))) return;
  throw new ConflictError(
    `Cannot install the daemon's unit: ${unit} is of ${other}, which is the same cluster`,
    "Use one home for one cluster: `xcore -c NAME init` makes another, and a copy can be removed.",
  );
}
