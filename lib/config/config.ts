/** A cluster's configuration, as the rest of the code reads it; what differs in two. @module */

import { isDeepStrictEqual } from "node:util";
import type { LeaseTerms } from "../model/mod.ts";
import { type Camel, camelOf, snakeKeys } from "../protocol/camel_of.ts";
import { TERM_SOURCES } from "../protocol/messages.ts";
import type { ValuesOn } from "./config_schema.ts";
import { concerns, type ConfigKey, defaultOn, KEYS, settingOf } from "./settings.ts";

export type { ProviderName } from "./settings.ts";

type Frozen<Value> = Value extends readonly (infer Item)[] ? readonly Item[]
  : Value extends object ? Readonly<Value>
  : Value;

/** Values with their keys in camel case. */
type InCode<Values> = {
  readonly [Key in keyof Values as Camel<Key & string>]: Key extends "pools" ? readonly PoolConfig[]
    : Frozen<Values[Key]>;
};

/** One of the further pools, from `pools:`. What is null is taken from the settings outside. */
export interface PoolConfig extends InCode<ValuesOn<"local">["pools"][number]> {}

/** The configuration of a cluster on AWS; what has no effect there has its default. */
export interface AwsConfig extends InCode<ValuesOn<"aws">> {}

/** The configuration of a cluster on Google Cloud; what has no effect there has its default. */
export interface GcpConfig extends InCode<ValuesOn<"gcp">> {}

/**
 * The configuration of a cluster on this machine; what has no effect there is as it was recorded.
 */
export interface LocalConfig extends InCode<ValuesOn<"local">> {}

/** The configuration of a cluster on a cloud. */
export type CloudConfig = AwsConfig | GcpConfig;

/** A cluster's configuration: the settings of settings.ts in camel case, defaults filled in. */
export type Config = CloudConfig | LocalConfig;

type TermSources = typeof TERM_SOURCES;

/**
 * The settings that the scheduler reads while it runs, as lib/protocol/settings.schema.json lists
 * them.
 */
export type SchedulerTerms = Pick<Config, TermSources[keyof TermSources]["setting"]>;

/** The settings that the scheduler reads while it runs, as it reads them. */
export function leaseTermsOf(config: SchedulerTerms): LeaseTerms {
  return Object.fromEntries(
    Object.entries(TERM_SOURCES).map(([term, { setting, factor }]) => {
      const value: unknown = config[setting];
      return [term, typeof value === "number" ? value * factor : value];
    }),
  ) as unknown as LeaseTerms;
}

/** The keys in which two configs differ, in the order of the table. */
export function changedKeys(before: Config, after: Config): ConfigKey[] {
  return KEYS.filter((key) => {
    const property = camelOf(key) as keyof Config;
    return !isDeepStrictEqual(before[property], after[property]);
  });
}

/** Of these the history and reports have no value: passwords and tokens stand in them. */
const SECRETIVE: readonly ConfigKey[] = ["notify", "env"];

/** The settings with an effect that are not the defaults, as texts, in the order of the table. */
export function changedSettings(config: Config): Record<string, string> {
  return Object.fromEntries(KEYS.flatMap((key) => {
    const setting = settingOf(key)!;
    const value: unknown = config[camelOf(key) as keyof Config];
    const isDefault = isDeepStrictEqual(value, defaultOn(setting, config.provider));
    if (isDefault || !concerns(setting, config.provider)) return [];
    return [[key, SECRETIVE.includes(key) ? "(set, and not recorded)" : settingText(key, value)]];
  }));
}

function settingText(key: ConfigKey, value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(key === "pools" ? (value as readonly object[]).map(snakeKeys) : value);
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
  return changedKeys(made, now).some(isPlace);
}

/** Whether a setting says where a cluster is made. */
export function isPlace(key: string): boolean {
  return (PLACE as readonly string[]).includes(key);
}
