/** One launch call: what it asks, and what came of it. @module */

import type { Instance, Market } from "./instance.ts";

/** One launch call, written down before it is made; its id is the idempotency token. */
export interface Attempt {
  /** Random, used once. */
  readonly id: string;
  /** The pool the instances are for. */
  readonly pool: string;
  /** Machine type. */
  readonly type: string;
  /** Accelerator type, or null. */
  readonly accelerator: string | null;
  /** Accelerators per instance. */
  readonly acceleratorCount: number;
  /** What each worker offers Dask: `{GPU: 1}`. */
  readonly resources: Readonly<Record<string, number>>;
  /** Zone to launch in, or null to let the provider choose. */
  readonly zone: string | null;
  /** How the instances are paid for. */
  readonly market: Market;
  /** Dask threads per worker. */
  readonly slots: number;
  /** One instance per name. */
  readonly names: readonly string[];
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
}

/** What a launch call got: some or all of its names. The rest becomes another attempt. */
export interface LaunchOutcome {
  /** The instances the provider has accepted. */
  readonly instances: readonly Instance[];
}
