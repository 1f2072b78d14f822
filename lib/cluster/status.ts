/** `xcore status`: what the daemon knows, or, where none runs, what a look shows. @module */

import { askStatus } from "../daemon/control.ts";
import type { Status } from "../model/mod.ts";
import type { Scope } from "./cluster.ts";

/**
 * The cluster's status.
 *
 * @throws {NotRunningError} there is no config
 */
export async function status(scope: Scope): Promise<Status> {
  const known = await askStatus(scope.home);
  if (known !== null) return known;
  // Loaded only now: with a daemon there, a status needs neither config nor provider.
  const { look } = await import("./status_without_daemon.ts");
  return await look(scope);
}
