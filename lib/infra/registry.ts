/** Which base infrastructure a config means. @module */

import type { Config } from "../config/config.ts";
import type { ProviderOptions } from "../provider/registry.ts";
import type { Base } from "./base.ts";
import type { Interruption } from "./interruption.ts";

/** What a base is made from. */
export interface BaseOptions<C extends Config = Config> extends ProviderOptions<C> {
  /** A person's wish to stop; absent: nobody is there to have one. */
  readonly interruption?: Interruption | undefined;
}

type Loads = {
  readonly [Name in Config["provider"]]: (
    options: BaseOptions<Extract<Config, { provider: Name }>>,
  ) => Promise<Base>;
};

const BASES: Loads = {
  aws: async (options) => (await import("./aws/aws.ts")).awsBase(options),
  gcp: async (options) => (await import("./gcp/gcp.ts")).gcpBase(options),
  local: async (options) => (await import("./local.ts")).localBase(options),
};

/** The base infrastructure of the config's provider. */
export async function baseFor(options: BaseOptions): Promise<Base> {
  const load = BASES[options.config.provider] as (options: BaseOptions) => Promise<Base>;
  return await load(options);
}
