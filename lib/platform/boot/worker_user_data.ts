/** What workers boot with. @module */

import { bootTimeoutOf } from "../../config/pools.ts";
import type { Attempt } from "../../model/mod.ts";
import type { PlatformOptions } from "../platform.ts";
import { type Node, POWER_OFF_AFTER_S, workerUserData } from "./mod.ts";
import { nodeFacts } from "./node_facts.ts";

/** Where workers find their scheduler: what every cloud's base knows. */
export interface SchedulerPlace {
  /** Its private address. */
  readonly schedulerPrivateIp: string;
}

/** What an attempt's instances boot with, as the cloud takes it; the same attempt, the same bytes. */
export type UserData = (attempt: Attempt, scheduler: SchedulerPlace) => Promise<Uint8Array>;

/** The user data of a cluster's workers on a cloud. Certificates and Python are looked at once. */
export function workerUserDataOf(
  { runtime, home, config }: PlatformOptions,
  cloud: Node["cloud"],
): UserData {
  let facts: Promise<Node> | null = null;
  return async ({ names, slots, resources, market, acceleratorCount }, { schedulerPrivateIp }) => {
    facts ??= nodeFacts(runtime, home, config, cloud, "worker").catch((error) => {
      facts = null;
      throw error;
    });
    return workerUserData({
      ...await facts,
      names,
      slots,
      resources,
      schedulerHost: schedulerPrivateIp,
      schedulerPort: config.schedulerPort,
      spot: market === "spot",
      nvidia: acceleratorCount > 0,
      bootTimeoutS: bootTimeoutOf(config, acceleratorCount > 0),
      powerOffAfterS: POWER_OFF_AFTER_S,
    });
  };
}
