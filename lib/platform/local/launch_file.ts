/** What one launch asks of its workers, on disk for them to read. @module */

import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { poolsOf } from "../../config/pools.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import type { Attempt } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { parseObject } from "./pid_file.ts";

/** The file of one launch. */
export function specFile(home: Home, attempt: string): string {
  return join(home.run, `${attempt}.json`);
}

/** Writes what the workers of this launch shall be. */
export async function writeSpec(
  { runtime, home, config }: { runtime: Runtime; home: Home; config: Config },
  attempt: Attempt,
  scheduler: string,
): Promise<void> {
  const tls = tlsFiles(home.tls);
  const spec = {
    cluster_id: config.clusterId,
    attempt: attempt.id,
    names: attempt.names,
    scheduler,
    ca_file: tls.caFile,
    cert_file: tls.worker.certFile,
    key_file: tls.worker.keyFile,
    slots: attempt.slots,
    resources: attempt.resources,
    boot_delay_s: config.bootDelayS,
    death_timeout_s: bootTimeoutS(config, attempt.pool),
    pool: attempt.pool,
    type: attempt.type,
    accelerator: attempt.accelerator,
    zone: attempt.zone,
    market: attempt.market,
  };
  await runtime.files.writeText(specFile(home, attempt.id), JSON.stringify(spec, null, 2));
}

/** The names of a launch; null when its file is gone or damaged. */
export async function readSpec(
  runtime: Runtime,
  home: Home,
  attempt: string,
): Promise<{ readonly names: readonly string[] } | null> {
  const { names } = parseObject(await runtime.files.readTextIfExists(specFile(home, attempt)) ?? "") ?? {};
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) return null;
  return { names };
}

/** Seconds that a worker of this pool may take to join; of a pool that is no longer configured, the longest of all. */
function bootTimeoutS(config: Config, pool: string): number {
  const pools = poolsOf(config);
  return pools.find(({ name }) => name === pool)?.bootTimeoutS ??
    Math.max(...pools.map(({ bootTimeoutS }) => bootTimeoutS));
}
