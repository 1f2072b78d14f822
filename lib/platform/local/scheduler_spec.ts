/** What the scheduler on this machine shall be, on disk for it and its preload to read. @module */

import { join } from "node:path";
import { leaseTermsOf } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { longestBootS } from "../../config/pools.ts";
import { preloadSettings } from "../../dask/preload_settings.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import type { Runtime } from "../../runtime.ts";
import type { PlatformOptions } from "../platform.ts";
import { parseObject } from "./pid_file.ts";
import { type Address, isPort } from "./scheduler_claim.ts";

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
  { runtime, home, config }: PlatformOptions,
  { attempt, port, httpPort }: SchedulerSpec,
): Promise<void> {
  const files = specFiles(home);
  const { caFile, scheduler: { certFile, keyFile } } = tlsFiles(home.tls);
  const preload = preloadSettings({
    clusterId: config.clusterId,
    host: "127.0.0.1",
    port: httpPort,
    ...{ caFile, certFile, keyFile },
    scatterTimeoutS: longestBootS(config),
    terms: leaseTermsOf(config),
  });
  await runtime.files.writeText(files.preload, preload);
  const spec = {
    ...{ ca_file: caFile, cert_file: certFile, key_file: keyFile },
    ...{ attempt, port, http_port: httpPort },
  };
  await runtime.files.writeText(files.spec, JSON.stringify(spec, null, 2));
}

/** The scheduler that is wanted; null when none is, or the file is damaged. */
export async function readSchedulerSpec(runtime: Runtime, home: Home): Promise<SchedulerSpec | null> {
  const text = await runtime.files.readTextIfExists(specFiles(home).spec);
  const { attempt, port, http_port: httpPort } = parseObject(text ?? "") ?? {};
  return typeof attempt === "string" && isPort(port) && isPort(httpPort) ? { attempt, port, httpPort } : null;
}
