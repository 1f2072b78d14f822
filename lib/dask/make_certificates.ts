/**
 * A cluster's own certificate authority, and a certificate each for its scheduler, its workers and
 * its clients.
 * @module
 */

import { X509Certificate } from "node:crypto";
import { dirname } from "node:path";
import { XcoreError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { durationText } from "../util/duration_text.ts";
import {
  BACKDATED_MS,
  type Certificate,
  KEY_ALGORITHM,
  LIFETIME_MS,
  loadX509,
  newAuthority,
  newLeaf,
  type Pem,
  readKey,
  SIGNATURE_ALGORITHM,
} from "./pem.ts";
import { type LeafFiles, ROLES, serverName, type TlsFiles, tlsFiles } from "./tls_files.ts";

export { BACKDATED_MS, LIFETIME_MS };

/**
 * What was found of a cluster's certificates. `missing`: none at all · `foreign`: of another
 * cluster · `expired`, `not valid yet`: at this moment · `damaged`: a file is missing, unreadable or
 * does not belong to the others.
 */
export type CertificateState = "missing" | "valid" | "expired" | "not valid yet" | "foreign" | "damaged";

/**
 * Makes all of a cluster's certificates anew, in the place of any that are there. A scheduler that
 * runs with the old ones cannot be reached with the new, so this is for when there is none. Killed
 * at any point, it leaves the old ones, or none, or the new: never a mixture. The caller holds the
 * cluster's lock.
 *
 * @param runtime files, the clock (valid from 24 hours ago, for clocks that lag, until in 365 days)
 *   and randomness
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
  const { fresh, previous } = besides(tlsDir);
  await files.mkdir(dirname(tlsDir));
  await removeUnfinished(runtime, tlsDir);
  await files.mkdir(fresh);

  const authority = await newAuthority(runtime, clusterId);
  const to = tlsFiles(fresh);
  await write(runtime, { certFile: to.caFile, keyFile: to.caKeyFile }, authority);
  for (const role of ROLES) {
    await write(runtime, to[role], await newLeaf(runtime, clusterId, role, authority));
  }

  if (await files.exists(tlsDir)) await files.rename(tlsDir, previous);
  await files.rename(fresh, tlsDir);
  await files.removeTree(previous, dirname(tlsDir));
  return tlsFiles(tlsDir);
}

/** The folders that there are while certificates are made. */
function besides(tlsDir: string) {
  return { fresh: `${tlsDir}.part`, previous: `${tlsDir}.old` };
}

/**
 * Removes what a {@linkcode makeCertificates} that was killed has left: there is an authority's key in
 * it. The caller holds the cluster's lock.
 */
export async function removeUnfinished({ files }: Runtime, tlsDir: string): Promise<void> {
  for (const folder of Object.values(besides(tlsDir))) await files.removeTree(folder, dirname(tlsDir));
}

/**
 * Checks a cluster's certificates: complete, readable, keys and signatures that belong together, of
 * this cluster, and valid now. Changes nothing.
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
  const certificates = await Promise.all(files.map((file) => runtime.files.readText(file)));
  // Node's own: the package that makes certificates takes longer to load, and more memory.
  return Math.min(...certificates.map((pem) => Date.parse(new X509Certificate(pem).validTo)));
}

/** Certificates that end within this time are told: it leaves time to plan a restart. */
export const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;

/** That a cluster's certificates end soon, or have ended; null: they do not, or there are none to read. */
export async function certificateExpiry(runtime: Runtime, tlsDir: string): Promise<XcoreError | null> {
  const endMs = await certificatesEndMs(runtime, tlsDir).catch(() => null);
  const leftMs = (endMs ?? Infinity) - runtime.clock.nowMs();
  if (endMs === null || leftMs >= RENEW_BEFORE_MS) return null;
  const day = new Date(endMs).toISOString().slice(0, 10);
  return new XcoreError(
    leftMs > 0
      ? `The cluster's certificates end on ${day}, in ${durationText(leftMs / 1000)}`
      : `The cluster's certificates ended on ${day}: nothing can connect any more`,
    "Run `xcore restart`: it makes a new scheduler with new certificates; results in the old one's memory are lost.",
  );
}

/**
 * Whether a scheduler that is made now should get other certificates: with those that end soon it would
 * have to be replaced, and lose its results.
 */
export async function needsCertificates(
  runtime: Runtime,
  tlsDir: string,
  clusterId: string,
): Promise<boolean> {
  return await checkCertificates(runtime, tlsDir, clusterId) !== "valid" ||
    await certificateExpiry(runtime, tlsDir) !== null;
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

/**
 * Whether these certificates serve this cluster at this time.
 *
 * @param authority the authority's certificate and key
 * @param leaves the certificates it should have signed
 * @param nowMs wall clock, milliseconds since 1970
 */
async function inspect(
  authority: Pem,
  leaves: readonly Pem[],
  clusterId: string,
  nowMs: number,
): Promise<CertificateState> {
  const { X509Certificate, SubjectAlternativeNameExtension } = await loadX509();
  let certificates: Certificate[];
  try {
    const ca = new X509Certificate(authority.certificate);
    certificates = [ca, ...leaves.map((leaf) => new X509Certificate(leaf.certificate))];
    for (const [i, pem] of [authority, ...leaves].entries()) {
      const certificate = certificates[i];
      if (certificate === undefined || !await ownsKey(certificate, pem.key)) return "damaged";
      if (!await certificate.verify({ publicKey: ca.publicKey, signatureOnly: true })) return "damaged";
    }
  } catch {
    return "damaged"; // not PEM, not DER, not a P-256 key: the packages have many words for it
  }
  const named = certificates.slice(1).every((certificate) =>
    certificate.getExtension(SubjectAlternativeNameExtension)?.names.items.some((name) =>
      name.type === "dns" && name.value === serverName(clusterId)
    )
  );
  if (!named) return "foreign";
  if (certificates.some(({ notAfter }) => notAfter.getTime() <= nowMs)) return "expired";
  return certificates.some(({ notBefore }) => nowMs < notBefore.getTime()) ? "not valid yet" : "valid";
}

async function ownsKey(certificate: Certificate, keyPem: string): Promise<boolean> {
  const probe = new TextEncoder().encode("is this the key of that certificate?");
  const signature = await crypto.subtle.sign(SIGNATURE_ALGORITHM, await readKey(keyPem), probe);
  const publicKey = await certificate.publicKey.export(KEY_ALGORITHM, ["verify"]);
  return await crypto.subtle.verify(SIGNATURE_ALGORITHM, publicKey, signature, probe);
}
