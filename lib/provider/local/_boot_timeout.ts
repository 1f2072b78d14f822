/** How long a worker may take to join. @module */

import type { Config } from "../../config/config.ts";

/** Seconds, when the config does not say: drivers of an accelerator take their time. */
const BOOT_TIMEOUT_S = 600;
const BOOT_TIMEOUT_ACCELERATOR_S = 1800;

/** Seconds that a worker may take to join. */
export function bootTimeoutS(config: Config, hasAccelerator: boolean): number {
  return config.bootTimeoutS ?? (hasAccelerator ? BOOT_TIMEOUT_ACCELERATOR_S : BOOT_TIMEOUT_S);
}
