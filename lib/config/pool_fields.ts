/** Every key of a pool under `pools:`. @module */

import type { Snake } from "./_case.ts";
import type { Field } from "./_field.ts";
import type { PoolConfig } from "./config.ts";
import { GPU_ELSEWHERE } from "./_worker_fields.ts";
import { FIELDS } from "./fields.ts";
import { ACCELERATOR_TYPE, amount, MACHINE_TYPE, MARKET, NAME, POSITIVE, WORKERS } from "./kinds.ts";

/** A key of a pool. */
export type PoolKey = Snake<keyof PoolConfig>;

/** What may stand in an item of `pools:`; a null is taken from the key of the same name outside. */
export const POOL_FIELDS: { readonly [Key in keyof PoolConfig as Snake<Key>]: Field<PoolConfig[Key]> } = {
  name: {
    kind: NAME,
    default: undefined,
    comment: "The pool's name.",
  },
  worker_type: { kind: MACHINE_TYPE, default: null, comment: "Machine type." },
  accelerator_type: {
    kind: ACCELERATOR_TYPE,
    default: null,
    comment: "GPU attached to each worker.",
    only: FIELDS.accelerator_type.only!,
    elsewhere: GPU_ELSEWHERE,
  },
  accelerator_count: {
    kind: FIELDS.accelerator_count.kind,
    default: 0,
    comment: "How many GPUs each worker has.",
    only: FIELDS.accelerator_count.only!,
    elsewhere: GPU_ELSEWHERE,
  },
  resources: {
    kind: {
      is: "map",
      keys: /^[A-Za-z_][\w.-]{0,62}$/,
      of: amount(null, POSITIVE),
      example: "{GPU: 1}",
    },
    default: {},
    comment: "What one worker offers to tasks that ask for it.",
  },
  max_workers: {
    kind: WORKERS,
    default: 1,
    comment: "Never more workers of this pool than this.",
  },
  market: {
    kind: MARKET,
    default: null,
    comment: "How its workers are paid for.",
    only: FIELDS.market.only!,
  },
};

/** The names of a pool's keys. */
export const POOL_KEYS = Object.keys(POOL_FIELDS) as readonly PoolKey[];
