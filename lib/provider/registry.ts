/** Which provider a config means. Each is loaded when it is asked for, since a cloud's SDK is big. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import type { Provider } from "./provider.ts";

/** What a provider is made from. */
export interface ProviderOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: Config;
}

type Load = (options: ProviderOptions) => Promise<Provider>;

const PROVIDERS: Readonly<Record<Config["provider"], Load>> = {
  aws: async (options) => (await import("./aws/aws.ts")).awsProvider(options),
  gcp: async (options) => (await import("./gcp/gcp.ts")).gcpProvider(options),
  local: async (options) => (await import("./local/local.ts")).localProvider(options),
};

/** The providers this version has. */
export const AVAILABLE = Object.keys(PROVIDERS) as readonly Config["provider"][];

/** The provider that the config names. */
export async function providerFor(options: ProviderOptions): Promise<Provider> {
  return await PROVIDERS[options.config.provider](options);
}
