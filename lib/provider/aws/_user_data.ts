/** What workers boot with, from what this home and its Python have. @module */

import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { bootTimeoutOf } from "../../config/pools.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import { PrerequisiteError } from "../../errors.ts";
import { type NodePython, POWER_OFF_AFTER_S, workerUserData } from "../../node/mod.ts";
import { probePython } from "../../python/environment.ts";
import type { Runtime } from "../../runtime.ts";
import type { UserData } from "./_launching.ts";

/** The user data of a cluster's workers. Python is looked at once. */
export function workerUserDataOf(runtime: Runtime, home: Home, config: Config): UserData {
  let python: Promise<NodePython> | null = null;
  return async ({ names, slots, resources, acceleratorCount }, base) => {
    python ??= probe(runtime, config).catch((error) => {
      python = null;
      throw error;
    });
    const { caFile, worker } = tlsFiles(home.tls);
    const read = (file: string) => runtime.files.readText(file);
    return workerUserData({
      cloud: "aws",
      clusterId: config.clusterId,
      tls: {
        authority: await read(caFile),
        certificate: await read(worker.certFile),
        key: await read(worker.keyFile),
      },
      python: await python,
      extraPackages: config.packages,
      names,
      slots,
      resources,
      schedulerHost: base.schedulerPrivateIp,
      schedulerPort: config.schedulerPort,
      nvidia: acceleratorCount > 0,
      bootTimeoutS: bootTimeoutOf(config, acceleratorCount > 0),
      powerOffAfterS: POWER_OFF_AFTER_S,
    });
  };
}

/** @throws {PrerequisiteError} the config names no Python, or one that cannot be used */
async function probe(runtime: Runtime, { python }: Config): Promise<NodePython> {
  if (python !== null) return await probePython(runtime, python);
  throw new PrerequisiteError(
    "Cannot launch workers: the config names no Python whose versions they should have",
    "Name one with `xcore config set python PATH`.",
  );
}
