/** Configurations whose provider a test knows. @module */

import assert from "node:assert/strict";
import type { Config, ProviderName } from "../../../lib/config/config.ts";

/** The configuration, which has to be of this provider. */
export function on<P extends ProviderName>(provider: P, config: Config): Extract<Config, { provider: P }> {
  assert.equal(config.provider, provider);
  return config as Extract<Config, { provider: P }>;
}
