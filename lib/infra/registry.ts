/** Which base infrastructure a config means. @module */

import type { Config } from "../config/config.ts";
import { NotFoundError } from "../errors.ts";
import type { ProviderOptions } from "../provider/registry.ts";
import type { Base } from "./base.ts";
import type { Interruption } from "./interruption.ts";

/** What a base is made from. */
export interface BaseOptions extends ProviderOptions {
  /** A person's wish to stop; absent: nobody is there to have one. */
  readonly interruption?: Interruption | undefined;
}

type Load = (options: BaseOptions) => Promise<Base>;

const BASES: Readonly<Partial<Record<Config["provider"], Load>>> = {
  aws: async (options) => (await import("./aws/aws.ts")).awsBase(options),
  local: async (options) => (await import("./local.ts")).localBase(options),
};

/**
 * The base infrastructure of the config's provider.
 *
 * @throws {NotFoundError} this version of xcore has no such provider
 */
export async function baseFor(options: BaseOptions): Promise<Base> {
  const load = BASES[options.config.provider];
  if (load !== undefined) return await load(options);
  throw new NotFoundError(
    `Cannot use the provider ${options.config.provider}: this xcore has ${Object.keys(BASES).join(", ")}`,
    "Make a local cluster beside this one with `xcore -c NAME init local`.",
  );
}
