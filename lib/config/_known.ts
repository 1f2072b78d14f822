/** What rules go by, and what they find. @module */

import type { Config, PoolConfig } from "./config.ts";

/** What is known of a config so far: what had a mistake of its own is left out, in a list undefined. */
export type Known =
  & { readonly [Key in Exclude<keyof Config, "pools">]?: Holey<Config[Key]> }
  & { readonly pools?: readonly Partial<PoolConfig>[] };

type Holey<Value> = Value extends readonly (infer Item)[] ? readonly (Item | undefined)[] : Value;

/** A broken rule: the keys it is about, the most telling first, and what to say of it. */
export interface Breach {
  readonly keys: readonly string[];
  readonly message: string;
}
