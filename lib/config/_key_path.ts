/** What a dotted key, as a person types it, points at. @module */

import { camelOf } from "./_case.ts";
import { UsageError } from "../errors.ts";
import type { Path } from "./_splice.ts";
import { type ConfigKey, type Field, fieldOf, KEYS } from "./fields.ts";
import type { Kind } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { POOL_FIELDS, POOL_KEYS, type PoolKey } from "./pool_fields.ts";

/** What a dotted key points at. */
export interface Target {
  /** The key of the file that it is, or is within. */
  readonly key: ConfigKey;
  /** In the file. */
  readonly path: Path;
  /** In a Config. */
  readonly property: Path;
  /** What the value may be; null for a pool as a whole. */
  readonly kind: Kind | null;
  /** The row of the table, or null for an entry of a map, which may be taken out, and a whole pool. */
  readonly field: Field<unknown> | null;
}

/**
 * What a dotted key points at: `max_workers`, `tags.project`, `prices.c5.xlarge` (the rest is one name),
 * `pools.gpu.max_workers` (by the pool's name), `pools.gpu.resources.GPU`.
 *
 * @param pools the names of the file's pools
 * @throws {UsageError} there is no such key
 */
export function targetOf(typed: string, pools: readonly (string | undefined)[]): Target {
  const [first, rest] = splitOnce(typed);
  const field = fieldOf(first);
  if (field === undefined) throw unknown(typed, nearest(first, KEYS));
  const key = first as ConfigKey;
  const at = { key, path: [key], property: [camelOf(key)] };
  if (rest === undefined) return { ...at, kind: field.kind, field };
  if (field.kind.is === "pools") return inPool(typed, rest, pools);
  if (field.kind.is === "map") return inMap(typed, at, field.kind, rest);
  throw unknown(typed, key);
}

function inPool(typed: string, rest: string, pools: readonly (string | undefined)[]): Target {
  const [name, poolKey] = splitOnce(rest);
  const index = pools.indexOf(name);
  if (index === -1) {
    const names = pools.filter((pool) => pool !== undefined);
    throw new UsageError(
      `Cannot find ${typed}: there is no pool ${JSON.stringify(name)}`,
      names.length > 0
        ? `There ${names.length > 1 ? "are" : "is"} ${names.join(", ")}.`
        : "Write pools into the file, or all at once: `xcore config set pools '[{name: gpu, …}]'`.",
    );
  }
  const at = { key: "pools" as const, path: ["pools", index], property: ["pools", index] };
  if (poolKey === undefined) return { ...at, kind: null, field: null };
  const [item, entry] = splitOnce(poolKey);
  const known = POOL_KEYS.includes(item as PoolKey);
  if (!known) throw unknown(typed, prefixed(`pools.${name}.`, nearest(item, POOL_KEYS)));
  const field: Field<unknown> = POOL_FIELDS[item as PoolKey];
  const inItem = { ...at, path: [...at.path, item], property: [...at.property, camelOf(item)] };
  if (entry === undefined) return { ...inItem, kind: field.kind, field };
  if (field.kind.is === "map") return inMap(typed, inItem, field.kind, entry);
  throw unknown(typed, `pools.${name}.${item}`);
}

function inMap(
  typed: string,
  at: Pick<Target, "key" | "path" | "property">,
  kind: Extract<Kind, { is: "map" }>,
  name: string,
): Target {
  if (!kind.keys.test(name) || name === "__proto__") {
    throw new UsageError(
      `Cannot find ${typed}: ${JSON.stringify(name)} is a name that cannot be used there`,
      `The value as a whole looks like ${kind.example}.`,
    );
  }
  return { ...at, path: [...at.path, name], property: [...at.property, name], kind: kind.of, field: null };
}

function unknown(typed: string, near: string | null): UsageError {
  return new UsageError(
    `Cannot find ${typed}: config.yaml has no such key`,
    near === null
      ? "`xcore config path` says where the file is; each key has a comment there."
      : `Did you mean ${near}?`,
  );
}

function prefixed(prefix: string, name: string | null): string | null {
  return name === null ? null : prefix + name;
}

function splitOnce(text: string): [string, string | undefined] {
  const dot = text.indexOf(".");
  return dot === -1 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}
