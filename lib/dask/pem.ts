/**
 * Certificates and keys as PEM: an authority, and leaves signed by it, issued over WebCrypto.
 * @module
 */

import type * as X509 from "npm:@peculiar/x509@2.2.0";
import type { Runtime } from "../runtime.ts";
import { type Role, serverName } from "./tls_files.ts";

/** A certificate and its private key (PKCS #8), each as PEM text. */
export interface Pem {
  readonly certificate: string;
  readonly key: string;
}

/**
 * P-256: what every TLS library of the last ten years takes, in a few hundred bytes of user data.
 */
export const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/** How everything here is signed. */
export const SIGNATURE_ALGORITHM = { name: "ECDSA", hash: "SHA-256" } as const;

const HOUR_MS = 3_600_000;

/** Certificates are valid from this long before they are made, for machines whose clocks lag. */
export const BACKDATED_MS = 24 * HOUR_MS;

/** Certificates are valid until this long after they are made. */
export const LIFETIME_MS = 365 * 24 * HOUR_MS;

/** A new authority for this cluster alone. */
export async function newAuthority(runtime: Runtime, clusterId: string): Promise<Pem> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...lifetimeAndSerial(runtime),
    name: subject(clusterId, "authority"),
    keys,
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemFile(certificate.toString("pem")), key: await keyFile(keys.privateKey) };
}

/**
 * A new certificate for one of the cluster's roles, signed by its authority; good for both ends of
 * a connection.
 */
export async function newLeaf(runtime: Runtime, clusterId: string, role: Role, authority: Pem): Promise<Pem> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    ...lifetimeAndSerial(runtime),
    subject: subject(clusterId, role),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.key),
    signingAlgorithm: SIGNATURE_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // Dask's scheduler and workers are servers and clients to each other.
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: serverName(clusterId) }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: pemFile(certificate.toString("pem")), key: await keyFile(keys.privateKey) };
}

/** The private key in a PEM text. Rejects when it is not one of these. */
export async function readKey(pem: string): Promise<CryptoKey> {
  const x509 = await loadX509();
  return await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), KEY_ALGORITHM, false, [
    "sign",
  ]);
}

/** Different for each, or a leaf would be taken for a self-signed certificate. */
function subject(clusterId: string, unit: Role | "authority"): string {
  return `O=crosscore, OU=${unit}, CN=${clusterId}`;
}

function lifetimeAndSerial(runtime: Runtime) {
  const nowMs = runtime.clock.nowMs();
  return {
    // A serial number is positive: the first byte keeps the sign bit clear.
    serialNumber: `01${runtime.random.hex(15)}`,
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(nowMs + LIFETIME_MS),
  };
}

async function newKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function keyFile(key: CryptoKey): Promise<string> {
  const x509 = await loadX509();
  const der = await crypto.subtle.exportKey("pkcs8", key);
  return pemFile(x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag));
}

function pemFile(pem: string): string {
  return `${pem.trim()}\n`;
}

/**
 * Loads the X.509 package, which takes 0.1 s: so it waits until it is needed. The second time costs
 * nothing.
 */
export async function loadX509(): Promise<typeof X509> {
  // The package reads Reflect's metadata while it loads, so this comes first.
  await import("npm:reflect-metadata@0.2.2");
  return await import("npm:@peculiar/x509@2.2.0");
}

/** A certificate that has been read. */
export type Certificate = X509.X509Certificate;
