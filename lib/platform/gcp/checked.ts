/** What the checks look at. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Runtime } from "../../runtime.ts";
import type { Session } from "./session.ts";

/** What a check looks at. */
export interface Checked {
  readonly session: Session;
  readonly runtime: Pick<Runtime, "env">;
  readonly config: GcpConfig;
}
