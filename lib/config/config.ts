/** A cluster's configuration, as the rest of the code reads it. @module */

import type { LeaseTerms } from "../model/mod.ts";
import type { Camel } from "../protocol/camel_of.ts";
import { TERM_SOURCES } from "../protocol/messages.ts";
import type { ValuesOn } from "./config_schema.ts";

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
