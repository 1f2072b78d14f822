/** `xcore allow`: changes which addresses may connect, in the firewall alone. @module */

import { effectiveConfig } from "../config/changed_keys.ts";
import { editConfig } from "../config/edit.ts";
import { loadMadeConfig } from "../config/load_config.ts";
import { clusterOf, openCluster, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { setSettings } from "./set_settings.ts";

/**
 * Sets the ranges of addresses that may connect. Without a range: those in the config, where `auto`
 * is the current address of this machine. Nothing else of the cluster changes.
 *
 * @returns the ranges that may connect
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {ConfigError} a range is not allowed
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
  // Other changes of the config wait for a new scheduler.
  const config = made === null ? now : { ...effectiveConfig(made, now), allowedCidr: now.allowedCidr };
  const { base } = await clusterOf(scope, config);
  return await withVerbLock(scope, "allow", progress, async () => {
    const allowed = await base.allow(progress);
    const text = await runtime.files.readTextIfExists(home.madeConfig);
    if (text !== null) {
      const edited = await editConfig(text, "allowed_cidr", `[${now.allowedCidr.join(", ")}]`);
      await runtime.files.writeText(home.madeConfig, edited);
    }
    return allowed;
  });
}
