/** What the scheduler's instance boots with, from what this home and its Python have. @module */

import type { Config } from "../config/config.ts";
import type { Home } from "../config/home.ts";
import { longestBootS } from "../config/pools.ts";
import { tlsFiles } from "../dask/tls_files.ts";
import { PrerequisiteError } from "../errors.ts";
import { type Node, schedulerUserData } from "../node/mod.ts";
import { probePython } from "../python/environment.ts";
import type { Runtime } from "../runtime.ts";

/**
 * The scheduler's user data in base64, the same for the same config, certificates and Python.
 *
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 * @throws {ConfigError} it is longer than the cloud takes
 */
export async function schedulerUserDataOf(
  runtime: Runtime,
  home: Home,
  config: Config,
  cloud: Node["cloud"],
): Promise<string> {
  if (config.python === null) {
    throw new PrerequisiteError(
      "Cannot start the scheduler: the config names no Python whose versions it should have",
      "Name one with `xcore config set python PATH`.",
    );
  }
  const { caFile, scheduler } = tlsFiles(home.tls);
  const { files } = runtime;
  const userData = schedulerUserData({
    cloud,
    clusterId: config.clusterId,
    tls: {
      authority: await files.readText(caFile),
      certificate: await files.readText(scheduler.certFile),
      key: await files.readText(scheduler.keyFile),
    },
    python: await probePython(runtime, config.python),
    extraPackages: config.packages,
    schedulerPort: config.schedulerPort,
    dashboardPort: config.dashboardPort,
    scatterTimeoutS: longestBootS(config),
    daemonGraceS: config.daemonGraceS,
    orphanTimeoutH: config.orphanTimeoutH,
  });
  return userData.toBase64();
}
