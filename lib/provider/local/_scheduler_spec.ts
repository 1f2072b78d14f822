/** What the scheduler on this machine shall be, on disk for it and its preload to read. @module */

import { join } from "node:path";
import { longestBootS } from "../../config/pools.ts";
import type { Home } from "../../config/home.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import { parseObject } from "./_claims.ts";
import { type Address, isPort } from "./_scheduler_claim.ts";
import { nodeFiles } from "./node_files.ts";
import type { ProviderOptions } from "../registry.ts";
import type { Runtime } from "../../runtime.ts";

/** The one run of a scheduler that is wanted. */
export interface SchedulerSpec extends Address {
  readonly attempt: string;
}

/** The files about the scheduler that is wanted. */
export function specFiles(home: Home): { readonly spec: string; readonly preload: string } {
  return { spec: join(home.run, "scheduler-spec.json"), preload: join(home.run, "scheduler-preload.json") };
}

/** Writes what the scheduler shall be. */
export async function writeSchedulerSpec(
  { runtime, home, config }: ProviderOptions,
  { attempt, port, httpPort }: SchedulerSpec,
): Promise<void> {
  const files = specFiles(home);
  const tls = tlsFiles(home.tls);
  const identity = {
    ca_file: tls.caFile,
    cert_file: tls.scheduler.certFile,
    key_file: tls.scheduler.keyFile,
  };
  const preload = {
    ...identity,
    cluster_id: config.clusterId,
    host: "127.0.0.1",
    port: httpPort,
    scatter_timeout_s: longestBootS(config),
    daemon_grace_s: config.daemonGraceS,
  };
  await runtime.files.writeText(files.preload, JSON.stringify(preload, null, 2));
  const spec = { ...identity, attempt, port, http_port: httpPort, preload: nodeFiles(home).schedulerPreload };
  await runtime.files.writeText(files.spec, JSON.stringify(spec, null, 2));
}

/** The scheduler that is wanted; null when none is, or the file is damaged. */
export async function readSchedulerSpec(runtime: Runtime, home: Home): Promise<SchedulerSpec | null> {
  const text = await runtime.files.readTextIfExists(specFiles(home).spec);
  const { attempt, port, http_port: httpPort } = parseObject(text ?? "") ?? {};
  return typeof attempt === "string" && isPort(port) && isPort(httpPort) ? { attempt, port, httpPort } : null;
}
