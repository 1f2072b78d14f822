/** The shape of the table of keys, and the questions one asks of a row. @module */

import type { Snake } from "./_case.ts";
import type { Config } from "./config.ts";
import type { Kind } from "./kinds.ts";

/** Where a cluster can be. */
export type ProviderName = Config["provider"];

/** Every provider. */
export const PROVIDERS: readonly ProviderName[] = ["local", "aws", "gcp"];

/** Those that are clouds. */
export const CLOUDS: readonly ProviderName[] = ["aws", "gcp"];

/** A key of config.yaml. */
export interface Field<Value> {
  readonly kind: Kind;
  /** In the code's form (`hold_results_s: unlimited` is null); undefined: the file must have the key. */
  readonly default: Value | undefined;
  /** Where a provider's default is another. */
  readonly defaults?: Readonly<Partial<Record<ProviderName, Value>>>;
  /** What a person reads above the key, in whole sentences, unit included. */
  readonly comment: string;
  /** Where a provider's comment is another. */
  readonly comments?: Readonly<Partial<Record<ProviderName, string>>>;
  /** Whom the key concerns; absent: all. On local it may stand all the same, on another cloud only with its default. */
  readonly only?: readonly ProviderName[];
  /** What to do instead where the key does not concern the provider. */
  readonly elsewhere?: string;
  /** Begins a new part of the written file, under this title. */
  readonly title?: string;
  /** True: a change takes effect with a new scheduler only. */
  readonly scheduler?: true;
  /** True: it says which cluster this is, and is never edited. */
  readonly identity?: true;
}

/** A key of config.yaml. */
export type ConfigKey = Snake<keyof Config>;

/** The table: a row for each of the config's properties, with a default of its type. */
export type Fields = { readonly [Property in keyof Config as Snake<Property>]: Field<Config[Property]> };

/** The default of a key with this provider; undefined when it must be given. */
export function defaultOf<Value>(field: Field<Value>, provider: ProviderName): Value | undefined {
  const own = field.defaults?.[provider];
  return own === undefined ? field.default : own;
}

/** What is written above the key. */
export function commentOf(field: Field<unknown>, provider: ProviderName): string {
  return field.comments?.[provider] ?? field.comment;
}

/** Whether the key means anything with this provider. */
export function concerns(field: Field<unknown>, provider: ProviderName): boolean {
  return field.only === undefined || field.only.includes(provider);
}
