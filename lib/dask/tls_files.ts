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

/** Who gets a certificate of their own. */
export const ROLES = ["scheduler", "worker", "client"] as const;

/** One who gets a certificate of their own. */
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

const DNS_LABEL = /^(?!..--)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The DNS name in a cluster's certificates. It is fixed because the scheduler's address is not known when they are
 * made; `.internal` is reserved for private use, so no public authority can sign for it.
 *
 * @param clusterId any text; one that is no DNS label is made one, with a hash that keeps two of them apart
 */
export function serverName(clusterId: string): string {
  return `${dnsLabel(clusterId)}.xcore.internal`;
}

/** `clusterId` as a DNS label of at most 63 characters; different for different ids. */
export function dnsLabel(clusterId: string): string {
  if (DNS_LABEL.test(clusterId)) return clusterId;
  const readable = clusterId.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-/, "").slice(0, 40).replace(
    /-$/,
    "",
  );
  return `id-${readable}-${fnv1a(clusterId)}`.replace("--", "-");
}

/** FNV-1a, 64 bits, hexadecimal. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
