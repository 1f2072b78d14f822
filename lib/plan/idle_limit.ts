/** For how long workers may be idle. Pure. @module */

import type { Pool } from "../model/mod.ts";
import { bootKey, type Memory } from "./memory.ts";
import type { Rules } from "./rules.ts";

/**
 * The least and the most of an idle limit that follows the boot: clouds bill a minute at least, and
 * five are what people expect of a cluster that was used.
 */
const AUTO_IDLE_S = { least: 60, most: 300 };

/** Seconds without a task after which workers retire. */
export interface IdleLimit {
  /** Those that nothing will want soon. */
  readonly plainS: number;
  /** As many as tasks may want that still wait for others. */
  readonly wantedS: number;
  /** How long a boot takes, where `plainS` follows it; null: it does not, or that is not known. */
  readonly bootS: number | null;
}

/**
 * For how long workers of a pool may be idle. With auto, as long as another takes to boot: so
 * idling never costs more than twice what knowing the future would (the ski rental problem).
 *
 * @param bootS see {@linkcode Memory}
 */
export function idleLimit(
  { maxIdleTimeS }: Pick<Rules, "maxIdleTimeS">,
  bootS: Memory["bootS"],
  { name, type }: Pick<Pool, "name" | "type">,
): IdleLimit {
  if (maxIdleTimeS !== "auto") return { plainS: maxIdleTimeS, wantedS: maxIdleTimeS, bootS: null };
  const { least, most } = AUTO_IDLE_S;
  const tookS = bootS[bootKey(name, type)] ?? null;
  const plainS = tookS === null ? most : Math.min(most, Math.max(least, Math.ceil(tookS)));
  return { plainS, wantedS: most, bootS: tookS };
}
