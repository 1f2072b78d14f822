/** Keys of config.yaml, and the values that some of them may have. @module */

import { commentOf, concerns, type Field, fieldOf, FIELDS, PROVIDERS } from "../../config/fields.ts";
import { type Kind, PATH } from "../../config/kinds.ts";
import { POOL_FIELDS, POOL_KEYS, type PoolKey } from "../../config/pool_fields.ts";
import { type Context, placeOf } from "../context.ts";
import type { Asked, Candidate, Suggestions } from "./completer.ts";

const IN_A_POOL = /^pools\.([^.]*\.)?/;

/** Keys to read. */
export async function keysToRead({ prefix }: Asked, context: Context): Promise<Suggestions> {
  return await keys(prefix, context, () => true);
}

/** For `config set`: keys to change, and after a key its values. */
export async function keysAndValues({ args, prefix }: Asked, context: Context): Promise<Suggestions> {
  const key = args.length % 2 === 1 ? args.at(-1) : undefined;
  if (key === undefined) return await keys(prefix, context, ({ identity }) => identity !== true);
  const kind = kindOf(key);
  return kind === undefined ? [] : values(kind);
}

/** Those that mean something with the cluster's provider; of pools only once one is begun. */
async function keys(
  prefix: string,
  context: Context,
  fits: (field: Field<unknown>) => boolean,
): Promise<Candidate[]> {
  const text = await context.runtime.files.readTextIfExists(placeOf(context).home.config) ?? "";
  const provider = providerIn(text);
  const has = (field: Field<unknown>) => fits(field) && (provider === undefined || concerns(field, provider));
  if (IN_A_POOL.test(prefix)) {
    const ofPool = POOL_KEYS.filter((key) => has(POOL_FIELDS[key]));
    return (await poolNames(text)).flatMap((name) =>
      ofPool.map((key) => ({ value: `pools.${name}.${key}`, about: POOL_FIELDS[key].comment }))
    );
  }
  return Object.entries(FIELDS).filter(([, field]) => has(field)).map(([key, field]) => ({
    value: key,
    about: provider === undefined ? field.comment : commentOf(field, provider),
  }));
}

/** By its line alone: to read the whole file as YAML takes longer than all the rest. */
function providerIn(text: string): typeof PROVIDERS[number] | undefined {
  const named = /^provider:\s*["']?(\w+)/m.exec(text)?.[1];
  return PROVIDERS.find((provider) => provider === named);
}

async function poolNames(text: string): Promise<string[]> {
  const { parseConfig } = await import("../../config/parse.ts");
  return (await parseConfig(text, "")).pools.map(({ name }) => name);
}

function kindOf(key: string): Kind | undefined {
  const ofPool = key.replace(IN_A_POOL, "");
  return (ofPool === key ? fieldOf(key) : POOL_FIELDS[ofPool as PoolKey])?.kind;
}

function values(kind: Kind): Suggestions {
  if (kind === PATH) return "files";
  switch (kind.is) {
    case "flag":
      return [{ value: "true" }, { value: "false" }];
    case "choice":
      return kind.of.map((value) => ({ value }));
    case "word-or": {
      const others = values(kind.or);
      return others === "files" ? others : [{ value: kind.word }, ...others];
    }
    default:
      return [];
  }
}
