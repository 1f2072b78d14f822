/** Judges a complete set of certificates. @module */

import { KEY_ALGORITHM, type Pem, readKey, SIGNATURE_ALGORITHM } from "./_issue.ts";
import { type Certificate, loadX509 } from "./_x509.ts";
import { serverName } from "./tls_files.ts";

/**
 * What was found of a cluster's certificates. `missing`: none at all · `foreign`: of another cluster · `expired`: not
 * valid at this moment · `damaged`: a file is missing, unreadable or does not belong to the others.
 */
export type CertificateState = "missing" | "valid" | "expired" | "foreign" | "damaged";

/**
 * Whether these certificates serve this cluster at this time.
 *
 * @param authority the authority's certificate and key
 * @param leaves the certificates it should have signed
 * @param nowMs wall clock, milliseconds since 1970
 */
export async function inspect(
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
  const timely = certificates.every((each) =>
    each.notBefore.getTime() <= nowMs && nowMs < each.notAfter.getTime()
  );
  return timely ? "valid" : "expired";
}

/** When the first of these certificates ends: wall clock, milliseconds since 1970. */
export async function expiryMs(certificates: readonly string[]): Promise<number> {
  const { X509Certificate } = await loadX509();
  return Math.min(...certificates.map((pem) => new X509Certificate(pem).notAfter.getTime()));
}

async function ownsKey(certificate: Certificate, keyPem: string): Promise<boolean> {
  const probe = new TextEncoder().encode("is this the key of that certificate?");
  const signature = await crypto.subtle.sign(SIGNATURE_ALGORITHM, await readKey(keyPem), probe);
  const publicKey = await certificate.publicKey.export(KEY_ALGORITHM, ["verify"]);
  return await crypto.subtle.verify(SIGNATURE_ALGORITHM, publicKey, signature, probe);
}
