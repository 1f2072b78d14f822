/** Which provider a config means. Each is loaded when it is asked for, since a cloud's SDK is big. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import type { Provider } from "./provider.ts";

/** What a provider is made from. */
export interface ProviderOptions<C extends Config = Config> {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: C;
}

type Loads = {
  readonly [Name in Config["provider"]]: (
    options: ProviderOptions<Extract<Config, { provider: Name }>>,
  ) => Promise<Provider>;
};

const PROVIDERS: Loads = {
  aws: async (options) => (await import("./aws/aws.ts")).awsProvider(options),
  gcp: async (options) => (await import("./gcp/gcp.ts")).gcpProvider(options),
  local: async (options) => (await import("./local/local.ts")).localProvider(options),
};

/** The providers this version has. */
export const AVAILABLE = Object.keys(PROVIDERS) as readonly Config["provider"][];

/** The provider that the config names. */
export async function providerFor(options: ProviderOptions): Promise<Provider> {
  const load = PROVIDERS[options.config.provider] as (options: ProviderOptions) => Promise<Provider>;
  return await load(options);
}
