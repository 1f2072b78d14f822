/** Where a cluster's certificates are, and the name that is written in them. @module */

import { join } from "node:path";

/** A certificate and its private key, as PEM files. */
export interface LeafFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The paths of all of a cluster's TLS files. */
export interface TlsFiles {
  readonly caFile: string;
  /** Never leaves the user's machine. */
  readonly caKeyFile: string;
  readonly scheduler: LeafFiles;
  readonly worker: LeafFiles;
  readonly client: LeafFiles;
}

/** The roles that have a certificate each. */
export const ROLES = ["scheduler", "worker", "client"] as const;

/** A role that has a certificate. */
export type Role = typeof ROLES[number];

/**
 * The paths of a cluster's TLS files; nothing is read.
 *
 * @param tlsDir the cluster's folder for them, `Home.tls`
 */
export function tlsFiles(tlsDir: string): TlsFiles {
  const leaf = (role: Role): LeafFiles => ({
    certFile: join(tlsDir, `${role}.pem`),
    keyFile: join(tlsDir, `${role}.key`),
  });
  return {
    caFile: join(tlsDir, "ca.pem"),
    caKeyFile: join(tlsDir, "ca.key"),
    scheduler: leaf("scheduler"),
    worker: leaf("worker"),
    client: leaf("client"),
  };
}

/**
 * The DNS name in a cluster's certificates. It is fixed because the scheduler's address is not
 * known when they are made; `.internal` is reserved for private use, so no public authority can
 * sign for it.
 *
 * @param clusterId a DNS label, as the config's grammar has it
 */
export function serverName(clusterId: string): string {
  return `${clusterId}.xcore.internal`;
}
