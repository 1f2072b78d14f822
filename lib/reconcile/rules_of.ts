/** The plan's rules from a config and a provider. @module */

import type { Config } from "../config/config.ts";
import type { Pool } from "../model/mod.ts";
import type { Rules } from "../plan/rules.ts";
import type { Pace } from "../platform/provider.ts";

/** The rules a plan goes by under this config at this provider. */
export function rulesOf(config: Config, pools: readonly Pool[], pace: Pace): Rules {
  return {
    pools,
    maxIdleTimeS: config.maxIdleTimeS,
    holdResultsS: config.holdResultsS,
    goneAfterS: pace.goneAfterS,
    terminateAgainS: pace.terminateAgainS,
  };
}
