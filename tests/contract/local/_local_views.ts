/** What several tests of the provider `local` look at. */

import { join } from "node:path";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { type LocalCluster, machine, processOf } from "./_local_cluster.ts";

/** The file in which the only worker of a cluster says who it is. */
export async function claimOf(
  { home }: LocalCluster,
): Promise<{ path: string; claim: Record<string, unknown> }> {
  const [file] = (await machine.files.list(home.run)).filter((name) =>
    /^[^.]+\.worker-\d+\.json$/.test(name)
  );
  const path = join(home.run, file!);
  return { path, claim: JSON.parse(await Deno.readTextFile(path)) };
}

/** Whether there is such a process, and it has not ended. */
export async function isRunning(pid: number): Promise<boolean> {
  const process = await processOf(pid);
  return process !== undefined && !process.zombie;
}

/** The cluster as seen this many seconds later. */
export function later(cluster: LocalCluster, seconds: number): Provider {
  return withUptime(cluster, (uptimeS) => uptimeS + seconds);
}

/** The cluster as seen by a clock of one's own, which is told what the machine's says. */
export function withUptime(cluster: LocalCluster, told: (uptimeS: number) => number): Provider {
  const { home, config } = cluster;
  return localProvider({ runtime: runtimeWithUptime(cluster, told), home, config });
}

/** The same machine, with a clock of one's own for the ages of processes. */
export function runtimeWithUptime({ runtime }: LocalCluster, told: (uptimeS: number) => number): Runtime {
  const files: Runtime["files"] = {
    ...runtime.files,
    async readText(path) {
      const text = await runtime.files.readText(path);
      return path === "/proc/uptime" ? `${told(Number.parseFloat(text))} 0` : text;
    },
  };
  return { ...runtime, files };
}
