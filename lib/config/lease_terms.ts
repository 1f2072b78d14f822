/** The lease's terms from a config. @module */

import type { LeaseTerms } from "../model/mod.ts";
import type { Config } from "./config.ts";

const SECONDS_PER_HOUR = 3600;

/** What shall become of the cluster under this config when its daemon is gone. */
export function leaseTermsOf(
  { daemonGraceS, orphanTimeoutH }: Pick<Config, "daemonGraceS" | "orphanTimeoutH">,
): LeaseTerms {
  return { daemonGraceS, orphanTimeoutS: orphanTimeoutH * SECONDS_PER_HOUR };
}
