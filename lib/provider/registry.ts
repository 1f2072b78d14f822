/** Which provider a config means. Each is loaded when it is asked for, since a cloud's SDK is big. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { NotFoundError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { Provider } from "./provider.ts";

/** What a provider is made from. */
export interface ProviderOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: Config;
}

type Load = (options: ProviderOptions) => Promise<Provider>;

const PROVIDERS: Readonly<Partial<Record<Config["provider"], Load>>> = {
  aws: async (options) => (await import("./aws/aws.ts")).awsProvider(options),
  local: async (options) => (await import("./local/local.ts")).localProvider(options),
};

/** The providers this version has. */
export const AVAILABLE = Object.keys(PROVIDERS) as readonly Config["provider"][];

/**
 * The provider that the config names.
 *
 * @throws {NotFoundError} this version of xcore has no such provider
 */
export async function providerFor(options: ProviderOptions): Promise<Provider> {
  const load = PROVIDERS[options.config.provider];
  if (load !== undefined) return await load(options);
  throw new NotFoundError(
    `Cannot use the provider ${options.config.provider}: this xcore has ${AVAILABLE.join(", ")}`,
    "Make a local cluster beside this one with `xcore -c NAME init local`.",
  );
}
