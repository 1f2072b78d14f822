/** The provider `aws`: workers are EC2 instances. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { MachineType } from "../../model/mod.ts";
import { type UserData, workerUserDataOf } from "../boot/user_data.ts";
import type { PlatformOptions } from "../platform.ts";
import type { Provider } from "../provider.ts";
import { checks } from "./checks.ts";
import { bootLog } from "./boot_log.ts";
import { limits } from "./limits.ts";
import { listInstances } from "./list_instances.ts";
import { launch } from "./launch.ts";
import { machineTypes, spotPrices } from "./machine_types.ts";
import { readAwsOutputs } from "./base.ts";
import { awsSession } from "./session.ts";
import { terminate } from "./terminate.ts";

/**
 * The provider `aws`. All it knows of instances are their tags and states, so any number of these
 * may be at work on one cluster. The SDK is loaded by the first call.
 *
 * @param userData what an attempt's instances boot with
 */
export function provider(
  options: PlatformOptions<AwsConfig>,
  userData: UserData = workerUserDataOf(options, limits.userData),
): Provider {
  const { runtime, home, config } = options;
  const session = awsSession(runtime.clock, config.regionName);
  const { clusterId } = config;
  const outputs = () => readAwsOutputs(runtime, home);
  const own = new Set<string>();
  const types: Record<string, MachineType> = {};
  return {
    name: "aws",
    pace: limits.pace,
    logEveryS: 5,
    check: () => checks({ session, config }),
    async machineTypes(names) {
      const zones = Object.keys((await outputs())?.subnets ?? {}).sort();
      return await machineTypes(session, types, zones, names);
    },
    spotPrices: (names) => spotPrices(session, names, runtime.clock.nowMs()),
    async list() {
      const listing = await listInstances(session, clusterId);
      for (const { id } of listing.instances) own.add(id);
      return listing;
    },
    async launch(attempt) {
      const nowMs = runtime.clock.nowMs();
      const outcome = await launch({ session, config, base: await outputs(), userData, nowMs }, attempt);
      for (const { id } of outcome.instances) own.add(id);
      return outcome;
    },
    terminate: (ids) => terminate({ session, clusterId, own }, ids),
    bootLog: (name, attemptId, after) => bootLog({ session, clusterId }, name, attemptId, after),
  };
}
