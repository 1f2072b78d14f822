/** What differs between two configs. @module */

import { isDeepStrictEqual } from "node:util";
import { camelOf } from "../protocol/camel_of.ts";
import type { Config } from "./config.ts";
import { type ConfigKey, KEYS, settingOf } from "./settings.ts";

/** The keys in which two configs differ, in the order of the table. */
export function changedKeys(before: Config, after: Config): ConfigKey[] {
  return KEYS.filter((key) => {
    const property = camelOf(key) as keyof Config;
    return !isDeepStrictEqual(before[property], after[property]);
  });
}

/**
 * The config a running cluster goes by: what the scheduler was made with stays as it was made, all
 * else is as it is now.
 */
export function effectiveConfig(made: Config, now: Config): Config {
  if (made.provider !== now.provider) return made;
  const fixed = KEYS.filter((key) => settingOf(key)!.scheduler === true).map((key) =>
    camelOf(key) as keyof Config
  );
  return { ...now, ...Object.fromEntries(fixed.map((property) => [property, made[property]])) } as Config;
}

/**
 * The keys that differ from what the scheduler was made with, and take effect with a new one only.
 */
export function keysForRestart(made: Config, now: Config): ConfigKey[] {
  return changedKeys(made, now).filter((key) => settingOf(key)!.scheduler === true);
}

/** What says where a cluster is, and whose: with another of these it is another cluster. */
const PLACE: readonly ConfigKey[] = [
  "provider",
  "cluster_name",
  "cluster_id",
  "region_name",
  "project_name",
  "subnet_ids",
  "network",
];

/** Whether a new scheduler would be made in another place than the one there is. */
export function isElsewhere(made: Config, now: Config): boolean {
  return changedKeys(made, now).some((key) => PLACE.includes(key));
}
