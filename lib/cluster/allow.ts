/** `xcore allow`: changes which addresses may connect, in the firewall alone. @module */

import { type Config, effectiveConfig } from "../config/config.ts";
import { editConfig } from "../config/edit.ts";
import { loadConfig, madeConfigOf } from "../config/load_config.ts";
import { concerns, SETTINGS } from "../config/settings.ts";
import { ConfigError, UsageError, XcoreError } from "../errors.ts";
import { isWithin, ownAddress } from "../platform/own_address.ts";
import { clusterOf, openCluster, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { setSettings } from "./set_settings.ts";

/** Which addresses may connect. */
export interface Allowed {
  readonly ranges: readonly string[];
  /** This machine's address where it is in none of the ranges; null: it is in one, or is not known. */
  readonly lockedOut: string | null;
}

/**
 * Sets the ranges of addresses that may connect. Without a range: those in the config, where `auto`
 * is the current address of this machine, which is added where it is in none of them. Nothing else
 * of the cluster changes.
 *
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {UsageError} a range is none
 * @throws {ConfigError} a range is not allowed
 */
export async function allow(
  scope: Scope,
  ranges: readonly string[],
  progress: Progress,
): Promise<Allowed> {
  const { runtime, home, told } = scope;
  if (ranges.length > 0) await setAllowed(scope, ranges);
  else {
    const config = await loadConfig(runtime, home, told);
    const named = config.allowedCidr;
    const isAdded = named.includes("auto") || await lockedOutOf(config, named) === null;
    if (!isAdded) await setAllowed(scope, [...named, "auto"]);
  }
  const { config: now } = await openCluster(scope);
  const { config: made } = await madeConfigOf(runtime, home);
  // Other changes of the config wait for a new scheduler.
  const config = made === null ? now : { ...effectiveConfig(made, now), allowedCidr: now.allowedCidr };
  const { base } = await clusterOf(scope, config);
  return await withVerbLock(scope, "allow", progress, async () => {
    const allowed = await base.allow(progress);
    const text = await runtime.files.readTextIfExists(home.madeConfig);
    if (text !== null && made !== null) {
      const edited = await editConfig(text, "allowed_cidr", `[${now.allowedCidr.join(", ")}]`);
      await runtime.files.writeText(home.madeConfig, edited);
    }
    return { ranges: allowed, lockedOut: await lockedOutOf(config, allowed) };
  });
}

async function setAllowed(scope: Scope, ranges: readonly string[]): Promise<void> {
  try {
    await setSettings(scope, [["allowed_cidr", `[${ranges.join(", ")}]`]]);
  } catch (error) {
    if (!(error instanceof XcoreError) || !OF_A_SETTING.test(error.message)) throw error;
    const message = `Cannot allow ${ranges.join(" ")}: ${error.message.replace(OF_A_SETTING, "")}`;
    const hint = "Nothing was changed. `xcore allow` alone adds this machine's address.";
    throw error instanceof UsageError
      ? new UsageError(message, hint, error)
      : new ConfigError(message, hint, [], error);
  }
}

/** How a refused value begins: the ranges were typed, and no setting. */
const OF_A_SETTING = /^Cannot set allowed_cidr(?: to ".*")?: (?:allowed_cidr\.\d+: )?/;

/** This machine's address where none of the ranges has it, and it connects by its public one. */
async function lockedOutOf(config: Config, ranges: readonly string[]): Promise<string | null> {
  const { provider, publicIp, addressUrl } = config;
  if (!concerns(SETTINGS.allowed_cidr, provider) || !publicIp) return null;
  const own = await ownAddress(addressUrl).catch(() => null);
  return own === null || ranges.some((range) => isWithin(own, range)) ? null : own;
}
