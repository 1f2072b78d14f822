/** The configuration as the daemon follows it, and what the daemon works with under it. @module */

import { type Config, effectiveConfig, keysForRestart, leaseTermsOf } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadConfig, madeConfigOf } from "../config/load_config.ts";
import { poolsOf, workerTypesOf } from "../config/pools_of.ts";
import { asXcoreError, ConfigError, NotRunningError, XcoreError } from "../errors.ts";
import type { Base } from "../platform/base.ts";
import { type LeaseTerms, NO_MACHINE_TYPES, type Pool, type SpotPrices } from "../model/mod.ts";
import { type ClusterPrices, keptPrices } from "../price/cluster_prices.ts";
import { type Rules, rulesOf } from "../plan/rules.ts";
import type { Provider } from "../platform/provider.ts";
import { baseFor, platformOf, providerFor } from "../platform/platforms.ts";
import { asMade } from "../platform/terraform/state_file.ts";
import type { Runtime } from "../runtime.ts";

/** What the daemon works with under a configuration. */
export interface DaemonSetup {
  /** The file's, but for the keys whose change takes effect with a restart. */
  readonly config: Config;
  /** Those keys. */
  readonly waitingKeys: readonly string[];
  readonly pools: readonly Pool[];
  /**
   * Why the platform's machine types are unknown, so that the pools lack facts that only it has; or
   * null.
   */
  readonly unknown: XcoreError | null;
  /** Why the settings of the last start are unknown, if they cannot be read. */
  readonly madeError: XcoreError | null;
  readonly rules: Rules;
  readonly leaseTerms: LeaseTerms;
  /** What its instances cost; null where nothing costs. */
  readonly prices: ClusterPrices | null;
  readonly provider: Provider;
  readonly base: Base;
  /** When it was made, on the monotonic clock. */
  readonly madeMs: number;
}

/**
 * What to work with under the configuration that the file has now.
 *
 * @throws {XcoreError} this version or this machine cannot work with it
 */
export async function daemonSetup(runtime: Runtime, home: Home, now: Config): Promise<DaemonSetup> {
  const { config: found, error: madeError } = await madeConfigOf(runtime, home);
  const made = found ?? now;
  const config = effectiveConfig(made, now);
  const [provider, base] = await Promise.all([
    providerFor({ runtime, home, config }),
    baseFor({ runtime, home, config }),
  ]);
  let unknown: XcoreError | null = null;
  const machineTypes = await provider.machineTypes(workerTypesOf(config)).catch((error) => {
    unknown = asXcoreError(error, "learn what machines there are");
    return NO_MACHINE_TYPES;
  });
  const spotPrices = await spotPricesFor(config, provider);
  const pools = poolsOf(config, { cores: navigator.hardwareConcurrency, machineTypes, spotPrices });
  const prices = await keptPrices(runtime, home, await asMade(runtime, home, config), {
    extras: platformOf(config).traits.extraPrices,
    spot: spotPrices,
    types: machineTypes.types,
  });
  const rules = rulesOf(config, pools, provider.pace, prices);
  const leaseTerms = leaseTermsOf(config);
  const waitingKeys = keysForRestart(made, now);
  const madeMs = runtime.clock.monotonicMs();
  return {
    config,
    waitingKeys,
    pools,
    unknown,
    madeError,
    prices,
    rules,
    leaseTerms,
    provider,
    base,
    madeMs,
  };
}

/** Spot prices move by the hour rather than by the minute. */
const PRICES_STAY_MS = 3_600_000;

/** Whether the spot prices that it goes by are old. */
export function hasOldPrices(
  { pools, provider, madeMs }: Pick<DaemonSetup, "pools" | "provider" | "madeMs">,
  nowMs: number,
): boolean {
  return provider.spotPrices !== undefined && usesSpot(pools) && nowMs - madeMs > PRICES_STAY_MS;
}

/** Without prices the zones and types are tried in the order that the configuration has. */
async function spotPricesFor(config: Config, provider: Provider): Promise<SpotPrices> {
  if (!usesSpot(poolsOf(config))) return {};
  return await provider.spotPrices?.(workerTypesOf(config)).catch(() => ({})) ?? {};
}

function usesSpot(pools: readonly Pool[]): boolean {
  return pools.some(({ market }) => market !== "on-demand");
}

/** What the configuration file says now. */
export interface ConfigReading {
  readonly config: Config;
  /** True when it differs from the reading before. */
  readonly changed: boolean;
  /** Why the file cannot be used, so that the last valid configuration stays in effect; or null. */
  readonly error: XcoreError | null;
}

/**
 * A function that reads the configuration at each call; the first reading must succeed. A change of
 * the settings that the scheduler was created with is a change too: `xcore allow` makes one.
 */
export function watchedConfig(runtime: Runtime, home: Home): () => Promise<ConfigReading> {
  let text: string | null = null;
  let last: ConfigReading | null = null;
  const read = (path: string) => runtime.files.readTextIfExists(path).catch(() => null);
  return async () => {
    const now = JSON.stringify(await Promise.all([home.config, home.madeConfig].map(read)));
    if (last !== null && now === text) return last = { ...last, changed: false };
    text = now;
    try {
      return last = { config: await loadConfig(runtime, home), changed: last !== null, error: null };
    } catch (error) {
      if (last === null || !(error instanceof XcoreError)) throw error;
      const broken = new ConfigError(
        `Cannot use the changed configuration, the last valid one stays in effect: ${error.message}`,
        hintFor(error, home),
      );
      return last = { ...last, changed: false, error: broken };
    }
  };
}

/** No command has to be run again here: the next tick reads the file. */
function hintFor(error: XcoreError, home: Home): string {
  if (error instanceof NotRunningError) {
    return `Restore the file; ${home.madeConfig} is a copy from when the cluster was started.`;
  }
  const isMistaken = error instanceof ConfigError && error.mistakes.length > 0;
  return isMistaken ? "Correct the file: the daemon reads it again at once." : error.hint;
}
