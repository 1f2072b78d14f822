/** What the daemon works with under a config: made anew whenever the config changes. @module */

import { effectiveConfig, keysForRestart } from "../config/changes.ts";
import { type Config, leaseTermsOf } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadMadeConfig } from "../config/load.ts";
import { poolsOf, workerTypesOf } from "../config/pools.ts";
import { asXcoreError, type XcoreError } from "../errors.ts";
import { type LeaseTerms, NO_OFFERINGS, type Pool } from "../model/mod.ts";
import type { Rules } from "../plan/rules.ts";
import type { Base } from "../platform/base.ts";
import { baseFor, providerFor } from "../platform/platforms.ts";
import type { Provider } from "../platform/provider.ts";
import { rulesOf } from "../reconcile/rules_of.ts";
import type { Runtime } from "../runtime.ts";

/** What the daemon works with under a config. */
export interface Working {
  /** The file's, but for the keys whose change waits for a new scheduler. */
  readonly config: Config;
  /** Those keys. */
  readonly waitingKeys: readonly string[];
  readonly pools: readonly Pool[];
  /** Why the provider could not say what it has to offer, so that the pools lack what only it knows; or null. */
  readonly unknown: XcoreError | null;
  readonly rules: Rules;
  readonly leaseTerms: LeaseTerms;
  readonly provider: Provider;
  readonly base: Base;
}

/**
 * What to work with under the config that the file has now.
 *
 * @throws {XcoreError} this version or this machine cannot work with it
 */
export async function workingWith(runtime: Runtime, home: Home, now: Config): Promise<Working> {
  const made = await loadMadeConfig(runtime, home) ?? now;
  const config = effectiveConfig(made, now);
  const [provider, base] = await Promise.all([
    providerFor({ runtime, home, config }),
    baseFor({ runtime, home, config }),
  ]);
  let unknown: XcoreError | null = null;
  const offerings = await provider.offerings(workerTypesOf(config)).catch((error) => {
    unknown = asXcoreError(error, "learn what machines there are");
    return NO_OFFERINGS;
  });
  const pools = poolsOf(config, { cores: navigator.hardwareConcurrency, offerings });
  const rules = rulesOf(config, pools, provider.pace);
  const leaseTerms = leaseTermsOf(config);
  const waitingKeys = keysForRestart(made, now);
  return { config, waitingKeys, pools, unknown, rules, leaseTerms, provider, base };
}
