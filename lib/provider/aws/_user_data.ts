/** What workers boot with. @module */

import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { bootTimeoutOf } from "../../config/pools.ts";
import { type Node, POWER_OFF_AFTER_S, workerUserData } from "../../node/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { nodeFacts } from "../node_facts.ts";
import type { UserData } from "./_launching.ts";

/** The user data of a cluster's workers. Certificates and Python are looked at once. */
export function workerUserDataOf(runtime: Runtime, home: Home, config: Config): UserData {
  let facts: Promise<Node> | null = null;
  return async ({ names, slots, resources, acceleratorCount }, base) => {
    facts ??= nodeFacts(runtime, home, config, "aws", "worker").catch((error) => {
      facts = null;
      throw error;
    });
    return workerUserData({
      ...await facts,
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
