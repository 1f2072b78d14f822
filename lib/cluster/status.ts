/**
 * `xcore status`: from the daemon or, if none runs, from the scheduler and the platform.
 * @module
 */

import { askStatus } from "../daemon/control.ts";
import type { Status } from "../model/mod.ts";
import type { Scope } from "./cluster.ts";

/**
 * The cluster's status.
 *
 * @throws {NotRunningError} there is no config
 */
export async function status(scope: Scope): Promise<Status> {
  const known = await askStatus(scope.runtime, scope.home);
  if (known !== null) return known;
  // Loaded only now: with a daemon a status needs neither config nor platform.
  const { statusWithoutDaemon } = await import("./status_without_daemon.ts");
  return await statusWithoutDaemon(scope);
}
