/** `xcore explain`: why the pools are as large as they are. @module */

import { loadConfig } from "../config/load_config.ts";
import { type Explanation, explanationOf } from "../status/explanation.ts";
import type { Scope } from "./cluster.ts";
import { status } from "./status.ts";

/**
 * Why each pool has as many workers as it has, why tasks wait, and what another worker would change.
 *
 * @throws {NotRunningError} there is no config
 */
export async function explain(scope: Scope): Promise<Explanation> {
  const { maxWorkers, minWorkers, pools } = await loadConfig(scope.runtime, scope.home, scope.told);
  return explanationOf(await status(scope), [{ name: "default", minWorkers, maxWorkers }, ...pools]);
}
