/** What a platform is made from. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import type { Interruption } from "./interruption.ts";

/** What a provider and a base are made from. */
export interface PlatformOptions<C extends Config = Config> {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: C;
  /** A person's wish to stop; absent: no person runs this. */
  readonly interruption?: Interruption | undefined;
}
