/** Homes in which the program of commit fc3a1b1 had started a cluster, kept as they were. */

import { dirname, join } from "node:path";
import { makeCertificates } from "../../lib/dask/make_certificates.ts";
import { systemRuntime } from "../../lib/system_runtime.ts";

/**
 * Lays one out, with certificates made anew.
 *
 * @param kept a JSON file, path → text, with @NAMES@ in it for what differs
 * @param values what to put in their places
 */
export async function layOldHome(
  home: string,
  kept: URL,
  clusterId: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const files: Readonly<Record<string, string>> = JSON.parse(await Deno.readTextFile(kept));
  for (const [path, text] of Object.entries(files)) {
    const file = join(home, path);
    await Deno.mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(file, text.replace(/@([A-Z_]+)@/g, (whole, name) => values[name] ?? whole), {
      mode: 0o600,
    });
  }
  await makeCertificates(systemRuntime(null), join(home, "tls"), clusterId);
}
