/** The platforms that a config can name. @module */

import type { Config } from "../config/config.ts";
import { addProvider } from "../config/provider_name.ts";
import { PrerequisiteError } from "../errors.ts";
import { aws } from "./aws/aws.ts";
import type { Base } from "./base.ts";
import { gcp } from "./gcp/gcp.ts";
import { local } from "./local/local.ts";
import type { Platform, PlatformOptions } from "./platform.ts";
import type { Provider } from "./provider.ts";

const registered = new Map<string, Platform>();

/** Adds a platform, which a config can name from then on; one of the same name is replaced. */
export function registerPlatform(platform: Platform): void {
  addProvider(platform.name);
  registered.set(platform.name, platform);
}

registerPlatform(aws);
registerPlatform(gcp);
registerPlatform(local);

/** All platforms, in the order in which help names them. */
export function platforms(): readonly Platform[] {
  return [...registered.values()];
}

/**
 * The platform that a config names.
 *
 * @throws {PrerequisiteError} this version has none of that name
 */
export function platformOf({ provider }: Pick<Config, "provider">): Platform {
  const platform = registered.get(provider);
  if (platform !== undefined) return platform;
  throw new PrerequisiteError(
    `Cannot use provider ${provider}: this version of xcore does not have it`,
    `It has ${[...registered.keys()].join(", ")}.`,
  );
}

/** The provider of the platform that the config names. */
export function providerFor(options: PlatformOptions): Promise<Provider> {
  return platformOf(options.config).provider(options);
}

/** The base of the platform that the config names. */
export function baseFor(options: PlatformOptions): Promise<Base> {
  return platformOf(options.config).base(options);
}
