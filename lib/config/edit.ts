/** Reading and changing single keys of a config's text. @module */

import { isDeepStrictEqual } from "node:util";
import { ConfigError, NotFoundError, UsageError } from "../errors.ts";
import { camelOf } from "./_case.ts";
import { fileFormOf } from "./_file_form.ts";
import { type Target, targetOf } from "./_key_path.ts";
import { Reading } from "./_read.ts";
import { type Path, withoutValue, withValue } from "./_splice.ts";
import { entryOf, type Mapping, plainOf } from "./_tree.ts";
import { typedValue } from "./_typed.ts";
import { concerns, defaultOf, FIELDS, KEYS, type ProviderName, PROVIDERS } from "./fields.ts";
import { mappingOf, parseConfig } from "./parse.ts";
import { commentText } from "./write.ts";

/** A key, dotted where it is nested, and its value as typed at the prompt. */
export type Edit = readonly [key: string, value: string];

/**
 * A key's value, its default where the file has none, in the file's form.
 *
 * @param key `max_workers`, `tags.project`, `prices.c5.xlarge`, `pools.gpu` or `pools.gpu.max_workers`
 * @param path of the file, for the messages
 * @throws {UsageError} there is no such key
 * @throws {NotFoundError} a tag, price or resource that is not there
 * @throws {ConfigError} the file has mistakes
 */
export async function readKey(text: string, key: string, path = "config.yaml"): Promise<unknown> {
  const config = await parseConfig(text, path);
  const target = targetOf(key, config.pools.map(({ name }) => name));
  const value = valueAt(config, target.property);
  if (value === undefined) {
    throw new NotFoundError(
      `Cannot read ${key}: it is not set`,
      `Set it with \`xcore config set ${key} VALUE\`.`,
    );
  }
  if (target.kind !== null) return fileFormOf(target.kind, value);
  return (fileFormOf({ is: "pools" }, [value]) as unknown[])[0];
}

/**
 * The values of all keys that concern the provider, their defaults where the file has none, in the file's form.
 *
 * @param path of the file, for the messages
 * @throws {ConfigError} the file has mistakes
 */
export async function readAll(text: string, path = "config.yaml"): Promise<Record<string, unknown>> {
  const config = await parseConfig(text, path);
  const keys = KEYS.filter((key) => concerns(FIELDS[key], config.provider));
  return Object.fromEntries(
    keys.map((key) => [key, fileFormOf(FIELDS[key].kind, valueAt(config, [camelOf(key)]))]),
  );
}

/**
 * The text with one key changed, and every other character as it was.
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
export function editConfig(text: string, key: string, value: string, path?: string): Promise<string> {
  return editConfigAll(text, [[key, value]], path);
}

/**
 * The text with keys changed, all of them or none. A key that is missing is added below its comment; a tag, a price or
 * a resource given null is taken out. Comments, order and line endings stay.
 *
 * @param path of the file, for the messages
 * @throws {UsageError} there is no such key, it is never changed, or the value is not allowed for it
 * @throws {ConfigError} the file has mistakes, or would have
 */
export async function editConfigAll(
  text: string,
  edits: readonly Edit[],
  path = "config.yaml",
): Promise<string> {
  let edited = text;
  for (const [key, value] of edits) edited = await editOne(edited, key, value, path);
  if (edited !== text) await check(text, edited, edits, path);
  return edited;
}

async function editOne(text: string, key: string, typed: string, path: string): Promise<string> {
  const root = await mappingOf(text, path);
  const provider = providerOf(root);
  const target = targetOf(key, poolNamesOf(root));
  const value = await allowed(key, typed, target, provider);
  const removes = target.field === null && value === null;
  if (removes && valueAt(plainOf(root), target.path) === undefined) return text;
  const edited = removes
    ? withoutValue(text, root, target.path)
    : withValue(text, root, target.path, value, commentText(target.key, provider));
  const expected = changed(plainOf(root), target.path, removes ? undefined : value);
  const found = await mappingOf(edited, path).then(plainOf, () => undefined);
  if (isDeepStrictEqual(found, expected)) return edited;
  throw new ConfigError(
    `Cannot set ${key}: the file is laid out in a way that xcore cannot change without touching the rest`,
    `Nothing was changed. Write it into ${path} by hand.`,
  );
}

async function allowed(
  key: string,
  typed: string,
  { kind, field }: Target,
  provider: ProviderName,
): Promise<unknown> {
  if (kind === null) {
    throw new UsageError(
      `Cannot set ${key}: it is a pool as a whole`,
      `Name one of its keys: ${key}.max_workers`,
    );
  }
  if (field?.identity === true) {
    throw new UsageError(
      `Cannot set ${key}: it says which cluster this is, and is never changed`,
      "Make another cluster with `xcore -c NAME init PROVIDER`.",
    );
  }
  const [{ fits }, { readYaml }] = await Promise.all([import("./_zod.ts"), import("./_yaml.ts")]);
  const nullable = field === null || defaultOf(field, provider) === null;
  return typedValue(typed, { key, kind, nullable }, readYaml(typed), new Reading(fits, provider));
}

/** Refuses an edit after which the file would have mistakes, and says whether they were there before. */
async function check(text: string, edited: string, edits: readonly Edit[], path: string): Promise<void> {
  try {
    await parseConfig(edited, path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    await parseConfig(text, path).catch((before) => {
      throw before instanceof ConfigError ? error : before;
    });
    const why = error.mistakes.map(({ key, message }) =>
      edits[0]?.[0] === key ? message : `${key}: ${message}`
    );
    throw new ConfigError(
      `Cannot set ${edits.map(([key]) => key).join(", ")}: ${why.join("; ")}`,
      "Nothing was changed. Say it again with a value that goes with the others.",
      error.mistakes.map((mistake) => ({ ...mistake, line: null })),
    );
  }
}

function providerOf(root: Mapping): ProviderName {
  const value = entryOf(root, "provider")?.value;
  return PROVIDERS.find((name) => value?.shape === "scalar" && value.value === name) ?? "local";
}

function poolNamesOf(root: Mapping): (string | undefined)[] {
  const pools = entryOf(root, "pools")?.value;
  if (pools?.shape !== "list") return [];
  return pools.items.map((pool) => {
    const name = pool.shape === "mapping" ? entryOf(pool, "name")?.value : undefined;
    return name?.shape === "scalar" ? String(name.value) : undefined;
  });
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null)?.[key],
    tree,
  );
}

/** The plain value with another one at the path; undefined takes it out. */
function changed(plain: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(plain)) return plain.map((item, i) => i === key ? changed(item, rest, value) : item);
  const { [key]: inner, ...others } = (plain ?? {}) as Record<string, unknown>;
  const next = changed(inner, rest, value);
  return next === undefined ? others : { ...others, [key]: next };
}
