/** `xcore url`: the addresses of the scheduler. @module */

import { NotRunningError } from "../errors.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import { openCluster, type Scope } from "./cluster.ts";

/** How to reach the scheduler; the keys are those of `xcore url --json`. */
export interface Address {
  /** For Dask's Client. */
  readonly url: string;
  /** Dask's dashboard; it answers to the certificate below alone, and `xcore dashboard` opens it. */
  readonly dashboard_url: string;
  /** PEM files on this machine. */
  readonly tls: { readonly ca_file: string; readonly cert_file: string; readonly key_file: string };
}

/**
 * The addresses of a scheduler that runs.
 *
 * @throws {NotRunningError} no cluster is running, or its start did not finish
 */
export async function address(scope: Scope): Promise<Address> {
  const { base } = await openCluster(scope);
  const { state, url, http } = await base.describe();
  if (state === "down") {
    throw new NotRunningError("Cannot give a URL: no cluster is running", "Start one with `xcore start`.");
  }
  if (state === "partial" || url === null || http === null) {
    throw new NotRunningError(
      "Cannot give a URL: the scheduler is not running",
      "Run `xcore start`: it makes what is missing.",
    );
  }
  const { caFile, client } = tlsFiles(scope.home.tls);
  return {
    url,
    dashboard_url: `https://${http.host}:${http.port}/status`,
    tls: { ca_file: caFile, cert_file: client.certFile, key_file: client.keyFile },
  };
}
