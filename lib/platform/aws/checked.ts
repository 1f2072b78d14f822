/** What the checks look at. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Session } from "./session.ts";

/** What a check looks at. */
export interface Checked {
  readonly session: Session;
  readonly config: AwsConfig;
}
