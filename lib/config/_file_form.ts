/** Values as the file has them, from values as the code has them. @module */

import { camelOf } from "./_case.ts";
import type { Kind } from "./kinds.ts";
import { POOL_FIELDS, POOL_KEYS } from "./pool_fields.ts";

/** A value of this kind as the file has it: `unlimited` for null, a pool's keys in snake_case. */
export function fileFormOf(kind: Kind, value: unknown): unknown {
  if (kind.is === "word-or" && value === kind.means) return kind.word;
  if (kind.is === "pools" && Array.isArray(value)) return value.map(poolFileFormOf);
  return value;
}

/** A pool's keys that are not at their default. */
function poolFileFormOf(pool: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = POOL_KEYS.filter((key) =>
    JSON.stringify(pool[camelOf(key)]) !== JSON.stringify(POOL_FIELDS[key].default)
  );
  return Object.fromEntries(keys.map((key) => [key, pool[camelOf(key)]]));
}
