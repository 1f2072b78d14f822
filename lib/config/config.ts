/** A cluster's configuration, as the rest of the code reads it. @module */

import type { LeaseTerms } from "../model/mod.ts";
import type { Camel } from "./_case.ts";
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

const SECONDS_PER_HOUR = 3600;

/** What becomes of the cluster under this configuration when its daemon is gone. */
export function leaseTermsOf(
  { daemonGraceS, orphanTimeoutH }: Pick<Config, "daemonGraceS" | "orphanTimeoutH">,
): LeaseTerms {
  return { daemonGraceS, orphanTimeoutS: orphanTimeoutH * SECONDS_PER_HOUR };
}
