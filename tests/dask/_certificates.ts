/** Certificates for a test, in a temporary folder. */

import { join } from "node:path";
import { makeCertificates } from "../../lib/dask/certificates.ts";
import { serverName, type TlsFiles } from "../../lib/dask/tls_files.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { systemRuntime } from "../../lib/system.ts";

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

/** The same, of an authority with RSA keys, as most in the world have. */
export async function rsaCertificatesFor(clusterId: string): Promise<TestCertificates> {
  const made = await certificatesFor(clusterId);
  const { caFile, caKeyFile, scheduler: { certFile, keyFile } } = made.tls;
  const extensions = join(made.dir, "extensions");
  await Deno.writeTextFile(extensions, `subjectAltName=DNS:${serverName(clusterId)}\n`);
  const key = ["-newkey", "rsa:2048", "-nodes"];
  await openssl("req", "-x509", ...key, "-keyout", caKeyFile, "-out", caFile, "-subj", "/CN=Some authority");
  const request = join(made.dir, "request");
  await openssl("req", "-new", ...key, "-keyout", keyFile, "-out", request, "-subj", "/CN=somebody");
  const signing = ["-req", "-in", request, "-CA", caFile, "-CAkey", caKeyFile, "-extfile", extensions];
  await openssl("x509", ...signing, "-set_serial", "1", "-out", certFile);
  return made;
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
