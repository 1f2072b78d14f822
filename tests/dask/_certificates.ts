/** Certificates for a test, in a temporary folder. */

import { join } from "node:path";
import { makeCertificates } from "../../lib/dask/certificates.ts";
import type { TlsFiles } from "../../lib/dask/tls_files.ts";
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
