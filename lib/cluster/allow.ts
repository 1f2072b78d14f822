/** `xcore allow`: who may reach the cluster, the firewall alone changed. @module */

import { effectiveConfig } from "../config/changes.ts";
import { editConfig } from "../config/edit.ts";
import { loadMadeConfig } from "../config/load.ts";
import { clusterOf, openCluster, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { setSettings } from "./set_settings.ts";

/**
 * Lets ranges of addresses in, in the place of those that were let in before; none given: those that the config names,
 * `auto` being this machine's address as it is now. Nothing else of the cluster is touched.
 *
 * @returns the ranges that are let in
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {ConfigError} that is no range of addresses
 */
export async function allow(
  scope: Scope,
  ranges: readonly string[],
  progress: Progress,
): Promise<readonly string[]> {
  const { runtime, home } = scope;
  if (ranges.length > 0) await setSettings(scope, [["allowed_cidr", `[${ranges.join(", ")}]`]]);
  const { config: now } = await openCluster(scope);
  const made = await loadMadeConfig(runtime, home);
  // What else has been changed in the config waits for a new scheduler.
  const config = made === null ? now : { ...effectiveConfig(made, now), allowedCidr: now.allowedCidr };
  const { base } = await clusterOf(scope, config);
  return await withVerbLock(scope, "allow", progress, async () => {
    const letIn = await base.allow(progress);
    const text = await runtime.files.readTextIfExists(home.madeConfig);
    if (text !== null) {
      const edited = await editConfig(text, "allowed_cidr", `[${now.allowedCidr.join(", ")}]`);
      await runtime.files.writeText(home.madeConfig, edited);
    }
    return letIn;
  });
}
