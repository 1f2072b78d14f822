/** The provider `local` for the contract's suite. */

import { join } from "node:path";
import { findLog } from "../../../lib/platform/local/boot_log.ts";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import { testPython } from "../../support/test_python.ts";
import { type LocalCluster, localCluster, processOf, until } from "./_local_cluster.ts";
import type { ProviderHarness } from "../provider/contract.ts";

/** What a launch can ask for on this machine. */
export const ORDER: ProviderHarness["order"] = {
  pool: "default",
  type: "local",
  accelerator: null,
  acceleratorCount: 0,
  resources: {},
  zone: null,
  market: "on-demand",
  slots: 1,
};

/** A cluster whose Python can be told to run workers of some names only, and a second cluster. */
export async function localHarness(): Promise<ProviderHarness> {
  await using stack = new AsyncDisposableStack();
  const other = stack.use(await localCluster());
  const python = await choosyPython(other.folder);
  const cluster = stack.use(await localCluster({ python }));
  const allowed = join(other.folder, "allowed");
  const kept = stack.move();
  return {
    provider: cluster.provider,
    another: () => localProvider(cluster),
    stranger: () => other.provider,
    order: ORDER,
    accelerator: "T4",
    foreign: () => foreign(cluster),
    allowOnly: (names) => Deno.writeTextFile(allowed, (names ?? ["all"]).map((name) => `${name}\n`).join("")),
    until,
    print: async ({ name, attemptId }, text) => {
      const file = await findLog(cluster.runtime, cluster.home.logs, name, attemptId);
      await Deno.writeTextFile(file!, text, { append: true });
    },
    trouble: null,
    dispose: () => kept.disposeAsync(),
  };
}

/** An interpreter that starts for the names in the file `allowed` beside it alone, or for all. */
async function choosyPython(folder: string): Promise<string> {
  const path = join(folder, "python");
  await Deno.writeTextFile(join(folder, "allowed"), "all\n");
  const script = `#!/bin/sh
while IFS= read -r name; do
  if [ "$name" = all ] || [ "$3" = "$name" ]; then exec '${testPython()}' "$@"; fi
done < '${folder}/allowed'
case "$3" in worker-*) echo "no Python for $3" >&2; exit 1 ;; esac
exec '${testPython()}' "$@"
`;
  await Deno.writeTextFile(path, script, { mode: 0o700 });
  return path;
}

/** A process that somebody started by hand, with the same arguments but for the folder. */
async function foreign(cluster: LocalCluster) {
  const script = join(cluster.folder, "worker.py");
  await Deno.writeTextFile(script, "import time; time.sleep(1000)");
  const pid = cluster.spawn([testPython(), script, cluster.config.clusterId, "worker-0", "0123456789abcdef"]);
  const process = await processOf(pid);
  return {
    id: `${pid}-${process?.startTime}`,
    isThere: async () => (await processOf(pid))?.zombie === false,
  };
}
