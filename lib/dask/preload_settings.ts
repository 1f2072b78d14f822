/** What the scheduler's preload is told when it starts. @module */

import type { LeaseTerms } from "../model/mod.ts";

/** The preload's surroundings and its times. */
export interface PreloadOptions {
  readonly clusterId: string;
  /** The address it listens on, `127.0.0.1`. */
  readonly host: string;
  /** Its mutual-TLS port. */
  readonly port: number;
  /** Paths where the scheduler runs. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Seconds that a client's data waits for the first worker. */
  readonly scatterTimeoutS: number;
  /** In force until a daemon brings its own. */
  readonly terms: LeaseTerms;
}

/** The content of the file that XCORE_PRELOAD names. */
export function preloadSettings(options: PreloadOptions): string {
  const { clusterId, host, port, caFile, certFile, keyFile, scatterTimeoutS, terms } = options;
  const settings = {
    cluster_id: clusterId,
    ...{ host, port, ca_file: caFile, cert_file: certFile, key_file: keyFile },
    scatter_timeout_s: scatterTimeoutS,
    daemon_grace_s: terms.daemonGraceS,
    orphan_timeout_s: terms.orphanTimeoutS,
  };
  return JSON.stringify(settings, null, 2);
}
