/** A cluster's own certificate authority, and a certificate each for its scheduler, its workers and its clients. @module */

import { dirname } from "node:path";
import type { Runtime } from "../runtime.ts";
import { BACKDATED_MS, LIFETIME_MS, newAuthority, newLeaf, type Pem } from "./_issue.ts";
import { type CertificateState, expiryMs, inspect } from "./_inspect.ts";
import { type LeafFiles, ROLES, type TlsFiles, tlsFiles } from "./tls_files.ts";

export type { CertificateState };
export { BACKDATED_MS, LIFETIME_MS };

/**
 * Makes all of a cluster's certificates anew, in the place of any that are there. A scheduler that runs with the old
 * ones is lost to the new, so this is for when there is none. Killed at any point, it leaves the old ones, or none, or
 * the new: never a mixture. The caller holds the cluster's lock.
 *
 * @param runtime files, the clock (valid from 24 hours ago, for clocks that lag, until in 365 days) and randomness
 * @param tlsDir the cluster's folder for them, made 0700; its files are 0600
 * @param clusterId goes into the certificates as the name that {@linkcode serverName} gives
 * @returns the files, as {@linkcode tlsFiles} names them
 * @throws {Deno.errors.PermissionDenied} the folder cannot be written
 */
export async function makeCertificates(
  runtime: Runtime,
  tlsDir: string,
  clusterId: string,
): Promise<TlsFiles> {
  const { files } = runtime;
  const fresh = `${tlsDir}.part`;
  const previous = `${tlsDir}.old`;
  await files.remove(fresh);
  await files.remove(previous);
  await files.mkdir(dirname(tlsDir));
  await files.mkdir(fresh);

  const authority = await newAuthority(runtime, clusterId);
  const to = tlsFiles(fresh);
  await write(runtime, { certFile: to.caFile, keyFile: to.caKeyFile }, authority);
  for (const role of ROLES) {
    await write(runtime, to[role], await newLeaf(runtime, clusterId, role, authority));
  }

  if (await files.exists(tlsDir)) await files.rename(tlsDir, previous);
  await files.rename(fresh, tlsDir);
  await files.remove(previous);
  return tlsFiles(tlsDir);
}

/**
 * Looks at a cluster's certificates: complete, readable, keys and signatures that belong together, of this cluster, and
 * valid now. Changes nothing.
 *
 * @param runtime files and the clock
 * @param tlsDir the cluster's folder for them
 * @param clusterId the cluster they should be of
 * @throws {Deno.errors.PermissionDenied} a file cannot be read
 */
export async function checkCertificates(
  runtime: Runtime,
  tlsDir: string,
  clusterId: string,
): Promise<CertificateState> {
  const names = tlsFiles(tlsDir);
  const authority = await read(runtime, { certFile: names.caFile, keyFile: names.caKeyFile });
  const leaves = await Promise.all(ROLES.map((role) => read(runtime, names[role])));
  if ([authority, ...leaves].every((pem) => pem.certificate === null && pem.key === null)) return "missing";
  if (!isWhole(authority) || !leaves.every(isWhole)) return "damaged";
  return await inspect(authority, leaves, clusterId, runtime.clock.nowMs());
}

/**
 * When a cluster's certificates, which are whole, end: wall clock, milliseconds since 1970.
 *
 * @throws {Deno.errors.NotFound} there are none
 */
export async function certificatesEndMs(runtime: Runtime, tlsDir: string): Promise<number> {
  const names = tlsFiles(tlsDir);
  const files = [names.caFile, ...ROLES.map((role) => names[role].certFile)];
  return await expiryMs(await Promise.all(files.map((file) => runtime.files.readText(file))));
}

type PerhapsPem = { readonly [K in keyof Pem]: string | null };

function isWhole(pem: PerhapsPem): pem is Pem {
  return pem.certificate !== null && pem.key !== null;
}

async function write(runtime: Runtime, to: LeafFiles, pem: Pem): Promise<void> {
  await runtime.files.writeText(to.certFile, pem.certificate);
  await runtime.files.writeText(to.keyFile, pem.key);
}

async function read(runtime: Runtime, from: LeafFiles): Promise<PerhapsPem> {
  return {
    certificate: await runtime.files.readTextIfExists(from.certFile),
    key: await runtime.files.readTextIfExists(from.keyFile),
  };
}
