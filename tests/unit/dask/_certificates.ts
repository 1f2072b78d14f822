/** Certificates for a test, in a temporary folder. */

import { join } from "node:path";
import { makeCertificates } from "../../../lib/dask/make_certificates.ts";
import { loadX509 } from "../../../lib/dask/pem.ts";
import { serverName, type TlsFiles } from "../../../lib/dask/tls_files.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

/** A cluster's certificates, until the end of the test. */
export interface TestCertificates extends AsyncDisposable {
  readonly dir: string;
  readonly tls: TlsFiles;
}

/** The real machine. */
export const runtime: Runtime = systemRuntime(null);

/** The real machine at another time. */
export function runtimeAt(nowMs: number): Runtime {
  return { ...runtime, clock: { ...runtime.clock, nowMs: () => nowMs } };
}

/** Makes certificates for a cluster. */
export async function certificatesFor(clusterId: string): Promise<TestCertificates> {
  const root = await Deno.makeTempDir();
  const dir = join(root, "tls");
  const tls = await makeCertificates(runtime, dir, clusterId);
  return { dir, tls, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

/** The same certificates in another folder, in a moment: keys take time to make. */
export async function copyOf({ dir }: TestCertificates): Promise<Omit<TestCertificates, "tls">> {
  const root = await Deno.makeTempDir();
  const copy = join(root, "tls");
  await Deno.mkdir(copy, { mode: 0o700 });
  for await (const { name } of Deno.readDir(dir)) await Deno.copyFile(join(dir, name), join(copy, name));
  return { dir: copy, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

/** Makes certificates of an authority with RSA keys, as most in the world have. */
export async function rsaCertificatesFor(clusterId: string): Promise<TestCertificates> {
  const made = await certificatesFor(clusterId);
  const x509 = await loadX509();
  const [authority, leaf] = await Promise.all([rsaKeys(), rsaKeys()]);
  const day = 24 * 3_600_000;
  const common = {
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    signingAlgorithm: RSA,
  };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: "01",
    name: "CN=Some authority",
    keys: authority,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: "02",
    subject: "CN=somebody",
    issuer: ca.subject,
    publicKey: leaf.publicKey,
    signingKey: authority.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: serverName(clusterId) }])],
  });
  const { caFile, caKeyFile, scheduler: { certFile, keyFile } } = made.tls;
  const pemOf = async (key: CryptoKey) =>
    x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), x509.PemConverter.PrivateKeyTag);
  await Deno.writeTextFile(caFile, ca.toString("pem"));
  await Deno.writeTextFile(caKeyFile, await pemOf(authority.privateKey));
  await Deno.writeTextFile(certFile, certificate.toString("pem"));
  await Deno.writeTextFile(keyFile, await pemOf(leaf.privateKey));
  return made;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

async function rsaKeys(): Promise<CryptoKeyPair> {
  const algorithm = { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}
