/** Keys of config.yaml, and the values that some of them may have. @module */

import {
  concerns,
  descriptionOn,
  POOL_KEYS,
  POOL_SETTINGS,
  type PoolKey,
  PROVIDERS,
  type Setting,
  settingOf,
  SETTINGS,
} from "../../config/settings.ts";
import { factsOf, wordsOf } from "../../config/value_type.ts";
import { type Context, scopeOf } from "../context.ts";
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
  const ofPool = key.replace(IN_A_POOL, "");
  const setting = ofPool === key ? settingOf(key) : POOL_SETTINGS[ofPool as PoolKey];
  if (setting === undefined) return [];
  return factsOf(setting.type).path === true ? "files" : wordsOf(setting.type).map((value) => ({ value }));
}

/**
 * The keys that have an effect with the cluster's provider; those of pools only once `pools.` is
 * typed.
 */
async function keys(
  prefix: string,
  context: Context,
  fits: (setting: Setting) => boolean,
): Promise<Candidate[]> {
  const text = await context.runtime.files.readTextIfExists((await scopeOf(context)).home.config) ?? "";
  const provider = providerOf(text);
  const has = (setting: Setting) => fits(setting) && (provider === undefined || concerns(setting, provider));
  if (IN_A_POOL.test(prefix)) {
    const ofPool = POOL_KEYS.filter((key) => has(POOL_SETTINGS[key]));
    return (await poolsNamed(text)).flatMap((name) =>
      ofPool.map((key) => ({ value: `pools.${name}.${key}`, about: POOL_SETTINGS[key].description }))
    );
  }
  return Object.entries(SETTINGS).filter(([, setting]) => has(setting)).map(([key, setting]) => ({
    value: key,
    about: provider === undefined ? setting.description : descriptionOn(setting, provider),
  }));
}

/** From its line alone: parsing the whole file takes longer than everything else here. */
function providerOf(text: string): typeof PROVIDERS[number] | undefined {
  const named = /^provider:\s*["']?(\w+)/m.exec(text)?.[1];
  return PROVIDERS.find((provider) => provider === named);
}

/** Names of the further pools of a config. */
export async function poolsNamed(text: string): Promise<string[]> {
  const { parseConfig } = await import("../../config/parse_config.ts");
  return (await parseConfig(text, "")).pools.map(({ name }) => name);
}
