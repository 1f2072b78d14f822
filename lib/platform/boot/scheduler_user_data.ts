/** What the scheduler's instance boots with, from what this home and its Python have. @module */

import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { longestBootS } from "../../config/pools.ts";
import type { Runtime } from "../../runtime.ts";
import { type Node, schedulerUserData } from "./mod.ts";
import { nodeFacts } from "./node_facts.ts";

/**
 * The scheduler's user data, the same for the same config, certificates and Python.
 *
 * @throws {PrerequisiteError} the config names no Python, or one that cannot be used
 * @throws {ConfigError} it is longer than the cloud takes
 */
export async function schedulerUserDataOf(
  runtime: Runtime,
  home: Home,
  config: Config,
  cloud: Node["cloud"],
): Promise<Uint8Array> {
  return schedulerUserData({
    ...await nodeFacts(runtime, home, config, cloud, "scheduler"),
    schedulerPort: config.schedulerPort,
    dashboardPort: config.dashboardPort,
    scatterTimeoutS: longestBootS(config),
    daemonGraceS: config.daemonGraceS,
    orphanTimeoutH: config.orphanTimeoutH,
  });
}
