/** The config as the daemon sees it: read anew at each tick, and the last good one while a person is mending it. @module */

import { ConfigError, NotRunningError, XcoreError } from "../errors.ts";
import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { loadConfig } from "../config/load.ts";
import type { Runtime } from "../runtime.ts";

/** What the file says now. */
export interface ConfigReading {
  readonly config: Config;
  /** True when it differs from the reading before. */
  readonly changed: boolean;
  /** Why the file cannot be used, and the last good one is; or null. */
  readonly error: XcoreError | null;
}

/**
 * Reads the config now and again; the first reading must succeed. It has changed, too, when what the scheduler was made
 * with has: `xcore allow` puts a setting into effect.
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
      const mine = new ConfigError(
        `Cannot follow the change, the last good config stays: ${error.message}`,
        hintFor(error, home),
      );
      return last = { ...last, changed: false, error: mine };
    }
  };
}

/** There is no command to run again here: the file is read at the next tick. */
function hintFor(error: XcoreError, home: Home): string {
  if (error instanceof NotRunningError) {
    return `Put the file back; ${home.madeConfig} is as it was when the cluster was started.`;
  }
  const mistaken = error instanceof ConfigError && error.mistakes.length > 0;
  return mistaken ? "Correct the file: it is read again at once." : error.hint;
}
