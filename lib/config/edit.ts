/** Reading and changing single settings of a config's text. @module */

import { isDeepStrictEqual } from "node:util";
import { ConfigError, NotFoundError, UsageError } from "../errors.ts";
import { camelOf } from "../protocol/camel_of.ts";
import type { Config } from "./config.ts";
import { schemaOn } from "./config_schema.ts";
import { commentLines, fileFormOf, poolFormOf } from "./initial_config.ts";
import { nearest } from "../util/nearest.ts";
import { configOf, parseConfig, yamlOf } from "./parse_config.ts";
import {
  concerns,
  type ConfigKey,
  defaultOn,
  KEYS,
  POOL_KEYS,
  POOL_SETTINGS,
  type PoolKey,
  providerIn,
  type ProviderName,
  type Setting,
  settingOf,
} from "./settings.ts";
import { type Places, valueMistakes } from "./value_mistakes.ts";
import { factsOf, typeAt, type ValueType, ZodMiniArray, ZodMiniRecord, ZodMiniString } from "./value_type.ts";
import { type Path, YamlFile } from "./yaml_file.ts";

/** A key, dotted where it is nested, and its value as typed at the prompt. */
export type Edit = readonly [key: string, value: string];

/** A text that has been edited. */
export interface Edited {
  readonly text: string;
  readonly config: Config;
  /** What it was; null when the edit has corrected the file's mistakes. */
  readonly before: Config | null;
}

/** What a dotted key names. */
interface Target {
  /** The setting of the file that it is, or is within. */
  readonly key: ConfigKey;
  /** In the file. */
  readonly path: Path;
  /** In a Config. */
  readonly property: Path;
  /** Null: a pool as a whole. */
  readonly type: ValueType | null;
  /** Null: an entry of a map, which may be removed, or a pool as a whole. */
  readonly setting: Setting | null;
}

/**
 * A setting's value, its default where the file has none, in the file's form.
 *
 * @param key `max_workers`, `tags.project`, `prices.c5.xlarge`, `pools.gpu` or
 * `pools.gpu.max_workers`
 * @param path of the file, for the messages
 * @throws {UsageError} there is no such key
 * @throws {NotFoundError} a tag, price or resource that is not there
 * @throws {ConfigError} the file has mistakes
 */
export async function readKey(text: string, key: string, path = "config.yaml"): Promise<unknown> {
  const config = await parseConfig(text, path);
  const { type, property } = targetOf(key, config.pools.map(({ name }) => name), config.provider);
  const value = valueAt(config, property);
  if (value === undefined) {
    throw new NotFoundError(
      `Cannot read ${key}: it is not set`,
      `Set it with \`xcore config set ${key} VALUE\`.`,
    );
  }
  return type === null ? poolFormOf(value as Config["pools"][number]) : fileFormOf(type, value);
}

/**
 * The values of all settings that concern the provider, their defaults where the file has none, in
 * the file's form.
 *
 * @param path of the file, for the messages
 * @throws {ConfigError} the file has mistakes
 */
export async function readAll(text: string, path = "config.yaml"): Promise<Record<string, unknown>> {
  const config = await parseConfig(text, path);
  const keys = KEYS.filter((key) => concerns(settingOf(key)!, config.provider));
  return Object.fromEntries(
    keys.map((key) => [key, fileFormOf(settingOf(key)!.type, valueAt(config, [camelOf(key)]))]),
  );
}

/**
 * The text with one setting changed, and every other character as it was.
 *
 * @throws see {@linkcode editConfigAll}
 * @example
 * ```ts
 * import { editConfig } from "./edit.ts";
 * const text = "provider: local\ncluster_id: xcore-0a1b2c3d\nmax_workers: 1 # for now\n";
 * const edited = await editConfig(text, "max_workers", "4");
 * console.assert(edited.endsWith("max_workers: 4 # for now\n"));
 * ```
 */
export async function editConfig(text: string, key: string, value: string, path?: string): Promise<string> {
  return (await editConfigAll(text, [[key, value]], path)).text;
}

/**
 * The text with settings changed, all of them or none. One that is missing is added below its
 * comment; a tag, a price or a resource given null is removed. Comments, order and line endings
 * stay. The text is parsed once before and once after.
 *
 * @param path of the file, for the messages
 * @throws {UsageError} there is no such key, it is never changed, or the value is not allowed for
 * it
 * @throws {ConfigError} the file has mistakes, or would have
 */
export async function editConfigAll(
  text: string,
  edits: readonly Edit[],
  path = "config.yaml",
): Promise<Edited> {
  const file = await yamlOf(text, path);
  const provider = providerIn(file.values) ?? "local";
  let values = file.values;
  for (const [key, typed] of edits) {
    const target = targetOf(key, poolNamesIn(values), provider);
    const value = typedValue(key, typed, target, provider);
    const removes = target.setting === null && value === null;
    if (removes && valueAt(values, target.path) === undefined) continue;
    if (removes) file.remove(target.path);
    else file.set(target.path, value, commentLines(target.key, provider));
    values = changed(values, target.path, removes ? undefined : value);
  }
  const edited = file.toString();
  if (edited === text) {
    const config = await configOf(file, path);
    return { text, config, before: config };
  }
  const now = await yamlOf(edited, path).catch(() => null);
  if (now === null || !isDeepStrictEqual(now.values, values)) {
    throw new ConfigError(
      `Cannot set ${keysOf(edits)}: xcore cannot change a file of this layout without touching the rest`,
      `Nothing was changed. Write it into ${path} by hand.`,
    );
  }
  const before = await configOf(file, path).catch((error: unknown) => error);
  const config = await configOf(now, path).catch((error) => {
    throw refusedEdit(error, before, edits);
  });
  return { text: edited, config, before: before instanceof Error ? null : before as Config };
}

/**
 * The error for an edit after which the file has mistakes: the file is at fault where it had some
 * before.
 */
function refusedEdit(error: unknown, before: unknown, edits: readonly Edit[]): unknown {
  if (!(error instanceof ConfigError)) return error;
  if (before instanceof ConfigError) return error;
  const why = error.mistakes.map(({ key, message }) =>
    edits[0]?.[0] === key ? message : `${key}: ${message}`
  );
  return new ConfigError(
    `Cannot set ${keysOf(edits)}: ${why.join("; ")}`,
    "Nothing was changed. Try again with a value that goes with the others.",
    error.mistakes.map((mistake) => ({ ...mistake, line: null })),
  );
}

const keysOf = (edits: readonly Edit[]) => edits.map(([key]) => key).join(", ");

/**
 * What a dotted key names: `max_workers`, `tags.project`, `prices.c5.xlarge` (the rest is one
 * name), `pools.gpu.max_workers` (by the pool's name), `pools.gpu.resources.GPU`.
 */
function targetOf(typed: string, pools: readonly (string | undefined)[], provider: ProviderName): Target {
  const [first, rest] = splitOnce(typed);
  const setting = settingOf(first);
  if (setting === undefined) throw unknownKey(typed, nearest(first, KEYS));
  const key = first as ConfigKey;
  const at = { key, path: [key], property: [camelOf(key)] };
  if (key === "pools") {
    if (rest !== undefined) return inPool(typed, rest, pools);
    return { ...at, type: typeAt(schemaOn(provider), ["pools"])!, setting };
  }
  return rest === undefined
    ? { ...at, type: setting.type, setting }
    : inMap(typed, at, setting.type, rest, key);
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
  if (poolKey === undefined) return { ...at, type: null, setting: null };
  const [item, entry] = splitOnce(poolKey);
  if (!POOL_KEYS.includes(item as PoolKey)) {
    const near = nearest(item, POOL_KEYS);
    throw unknownKey(typed, near === null ? null : `pools.${name}.${near}`);
  }
  const setting: Setting = POOL_SETTINGS[item as PoolKey];
  const inItem = { ...at, path: [...at.path, item], property: [...at.property, camelOf(item)] };
  if (entry === undefined) return { ...inItem, type: setting.type, setting };
  return inMap(typed, inItem, setting.type, entry, `pools.${name}.${item}`);
}

function inMap(
  typed: string,
  at: Pick<Target, "key" | "path" | "property">,
  type: ValueType,
  name: string,
  whole: string,
): Target {
  if (!(type instanceof ZodMiniRecord)) throw unknownKey(typed, whole);
  if (!(type.def.keyType as ValueType).safeParse(name).success || name === "__proto__") {
    throw new UsageError(
      `Cannot find ${typed}: ${JSON.stringify(name)} is a name that cannot be used there`,
      `The value as a whole looks like ${factsOf(type).example}.`,
    );
  }
  const inside = { path: [...at.path, name], property: [...at.property, name] };
  return { ...at, ...inside, type: type.def.valueType as ValueType, setting: null };
}

function unknownKey(typed: string, near: string | null): UsageError {
  return new UsageError(
    `Cannot find ${typed}: config.yaml has no such key`,
    near === null
      ? "`xcore config path` shows where the file is; each key has a comment there."
      : `Did you mean ${near}?`,
  );
}

/**
 * The value as the file will have it. Typed text needs no quotes, and a list of one no brackets.
 */
function typedValue(key: string, typed: string, { type, setting }: Target, provider: ProviderName): unknown {
  if (type === null) {
    throw new UsageError(
      `Cannot set ${key}: it is a pool as a whole`,
      `Name one of its keys: ${key}.max_workers`,
    );
  }
  if (setting?.identity === true) {
    throw new UsageError(
      `Cannot set ${key}: it identifies the cluster and is never changed`,
      "Make another cluster with `xcore -c NAME init PROVIDER`.",
    );
  }
  const file = new YamlFile(typed);
  const isYaml = file.mistakes.length === 0;
  const root = file.at([])!;
  if (isYaml && file.values === null && (setting === null || defaultOn(setting, provider) === null)) {
    return null;
  }
  if (type instanceof ZodMiniString && (!isYaml || root.shape !== "scalar" || root.plain)) {
    const text = typed.trim();
    const found = { ...root, shape: "scalar" as const, value: text || null, source: text, plain: true };
    return allowed(key, typed, type, found.value, { at: () => found });
  }
  if (!isYaml) throw refusal(key, typed, file.mistakes[0]!);
  const listed = type instanceof ZodMiniArray && root.shape === "scalar" && root.value !== null;
  return listed
    ? allowed(key, typed, type, [file.values], { at: ([, ...path]) => file.at(path) })
    : allowed(key, typed, type, file.values, file, file.repeated);
}

function allowed(
  key: string,
  typed: string,
  type: ValueType,
  value: unknown,
  places: Places,
  repeated: YamlFile["repeated"] = [],
): unknown {
  const { error } = type.safeParse(value);
  const [mistake] = [...repeated, ...valueMistakes(error?.issues ?? [], type, places)];
  if (mistake === undefined) return value;
  throw refusal(key, typed, mistake);
}

function refusal(
  key: string,
  typed: string,
  mistake: { key: string; message: string; write?: string },
): UsageError {
  const where = mistake.key === "" ? "" : `${key}.${mistake.key}: `;
  const write = mistake.key === "" ? mistake.write : undefined;
  return new UsageError(
    `Cannot set ${key} to ${JSON.stringify(typed)}: ${where}${mistake.message}`,
    write === undefined
      ? "Nothing was changed. Try again with an allowed value."
      : `Nothing was changed. Try \`xcore config set ${key} ${write}\`.`,
  );
}

function poolNamesIn(values: unknown): (string | undefined)[] {
  const pools = valueAt(values, ["pools"]);
  if (!Array.isArray(pools)) return [];
  return pools.map((pool) => pool?.name === undefined ? undefined : String(pool.name));
}

function valueAt(values: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null)?.[key],
    values,
  );
}

/** The values with another one at the path; undefined removes it. */
function changed(values: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(values)) return values.map((item, i) => i === key ? changed(item, rest, value) : item);
  const { [key]: inner, ...others } = (values ?? {}) as Record<string, unknown>;
  const next = changed(inner, rest, value);
  return next === undefined ? others : { ...others, [key]: next };
}

function splitOnce(text: string): [string, string | undefined] {
  const dot = text.indexOf(".");
  return dot === -1 ? [text, undefined] : [text.slice(0, dot), text.slice(dot + 1)];
}
