/** A kind of worker the cluster may launch. @module */

import type { Market } from "./instance.ts";

/** A kind of worker the cluster may launch. */
export interface Pool {
  /** `default`, or the name given in `pools:`. */
  readonly name: string;
  /** Machine type. */
  readonly type: string;
  /** Machine types to try, in order, when that one cannot be had. */
  readonly fallbackTypes: readonly string[];
  /** Accelerator type, or null. */
  readonly accelerator: string | null;
  /** Accelerators per instance. */
  readonly acceleratorCount: number;
  /** What one worker offers Dask: `{GPU: 1}`. */
  readonly resources: Readonly<Record<string, number>>;
  /** Tasks one worker runs at a time. */
  readonly slots: number;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly market: Market | "spot-then-on-demand";
  /** Zones to try, in order; empty: the provider chooses. */
  readonly zones: readonly string[];
  /** Seconds an instance may take to join before it is given up. */
  readonly bootTimeoutS: number;
}
