/** The platforms that a config can name. Each is loaded when it is asked for, since a cloud's SDK is big. @module */

import type { Config } from "../config/config.ts";
import type { Base } from "./base.ts";
import type { PlatformOptions } from "./platform.ts";
import type { Provider } from "./provider.ts";

type Loads<Made> = {
  readonly [Name in Config["provider"]]: (
    options: PlatformOptions<Extract<Config, { provider: Name }>>,
  ) => Promise<Made>;
};

const PROVIDERS: Loads<Provider> = {
  aws: async (options) => (await import("./aws/provider.ts")).awsProvider(options),
  gcp: async (options) => (await import("./gcp/provider.ts")).gcpProvider(options),
  local: async (options) => (await import("./local/provider.ts")).localProvider(options),
};

/** The platforms this version has. */
export const AVAILABLE = Object.keys(PROVIDERS) as readonly Config["provider"][];

/** The provider that the config names. */
export async function providerFor(options: PlatformOptions): Promise<Provider> {
  const load = PROVIDERS[options.config.provider] as (options: PlatformOptions) => Promise<Provider>;
  return await load(options);
}

const BASES: Loads<Base> = {
  aws: async (options) => (await import("./aws/base.ts")).awsBase(options),
  gcp: async (options) => (await import("./gcp/base.ts")).gcpBase(options),
  local: async (options) => (await import("./local/base.ts")).localBase(options),
};

/** The base of the platform that the config names. */
export async function baseFor(options: PlatformOptions): Promise<Base> {
  const load = BASES[options.config.provider] as (options: PlatformOptions) => Promise<Base>;
  return await load(options);
}
