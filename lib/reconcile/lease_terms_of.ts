/** The lease's terms from a config. @module */

import type { Config } from "../config/config.ts";
import type { LeaseTerms } from "../model/mod.ts";

const SECONDS_PER_HOUR = 3600;

/** What shall become of the cluster under this config when its daemon is gone. */
export function leaseTermsOf({ daemonGraceS, orphanTimeoutH }: Config): LeaseTerms {
  return { daemonGraceS, orphanTimeoutS: orphanTimeoutH * SECONDS_PER_HOUR };
}
