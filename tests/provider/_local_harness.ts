/** The provider `local` for the contract's suite. */

import { join } from "node:path";
import { localProvider } from "../../lib/provider/local/local.ts";
import { testPython } from "../python_env/_python.ts";
import type { ProviderHarness } from "./contract.ts";
import { type LocalCluster, localCluster, processOf, until } from "./_local_cluster.ts";

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

/** A cluster whose Python refuses to run workers of some names, and a second cluster. */
export async function localHarness(): Promise<ProviderHarness> {
  await using stack = new AsyncDisposableStack();
  const other = stack.use(await localCluster());
  const python = await refusingPython(other.folder);
  const cluster = stack.use(await localCluster({ python }));
  const refused = join(other.folder, "refused");
  const kept = stack.move();
  return {
    provider: cluster.provider,
    another: () => localProvider(cluster),
    stranger: () => other.provider,
    order: ORDER,
    foreign: () => foreign(cluster),
    refuse: (names) => Deno.writeTextFile(refused, names.map((name) => `${name}\n`).join("")),
    until,
    dispose: () => kept.disposeAsync(),
  };
}

/** An interpreter that does not start for the names in the file `refused` beside it. */
async function refusingPython(folder: string): Promise<string> {
  const path = join(folder, "python");
  await Deno.writeTextFile(join(folder, "refused"), "");
  const script = `#!/bin/sh
while IFS= read -r name; do
  if [ "$3" = "$name" ]; then echo "no Python for $name" >&2; exit 1; fi
done < '${folder}/refused'
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
