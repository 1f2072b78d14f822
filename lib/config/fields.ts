/**
 * Every key of config.yaml, in the order they are written: the one table behind reading, writing and editing.
 * @module
 */

import { ACCESS_FIELDS } from "./_access_fields.ts";
import { CLUSTER_FIELDS } from "./_cluster_fields.ts";
import type { ConfigKey, Field, Fields } from "./_field.ts";
import { WORKER_FIELDS } from "./_worker_fields.ts";

export type { ConfigKey, Field, Fields, ProviderName } from "./_field.ts";
export { CLOUDS, commentOf, concerns, defaultOf, PROVIDERS } from "./_field.ts";

/** The table. That it has a row for each property of Config, and none besides, is a matter of its type. */
export const FIELDS: Fields = { ...CLUSTER_FIELDS, ...WORKER_FIELDS, ...ACCESS_FIELDS };

/** The names of all keys, in the order of the table. */
export const KEYS = Object.keys(FIELDS) as readonly ConfigKey[];

/** The row of a key, or undefined when there is no such key. */
export function fieldOf(key: string): Field<unknown> | undefined {
  return Object.hasOwn(FIELDS, key) ? FIELDS[key as ConfigKey] : undefined;
}
