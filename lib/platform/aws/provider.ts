/** The provider `aws`: workers are EC2 instances. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { MachineType, Offerings } from "../../model/mod.ts";
import { type UserData, workerUserDataOf } from "../boot/worker_user_data.ts";
import type { PlatformOptions } from "../platform.ts";
import type { Pace, Provider } from "../provider.ts";
import { check } from "./checks.ts";
import { bootLog } from "./console.ts";
import { listInstances } from "./instances.ts";
import { launch } from "./launch.ts";
import { describeTypes, likelyTypes } from "./offerings.ts";
import { readAwsBase } from "./outputs.ts";
import { awsSession } from "./session.ts";
import { terminate } from "./terminate.ts";

/**
 * EC2 lets each account ask 100 times at once and 20 times a second (Request throttling for the EC2 API), all tools
 * together. A new instance may be missing from listings for some seconds. An instance takes a minute or two to stop.
 */
const PACE: Pace = { listWhenChangingS: 3, listWhenSteadyS: 15, goneAfterS: 30, terminateAgainS: 180 };

/**
 * The provider `aws`. All it knows of instances are their tags and states, so any number of these may be at work on one
 * cluster. The SDK is loaded by the first call.
 *
 * @param userData what an attempt's instances boot with
 */
export function awsProvider(
  options: PlatformOptions<AwsConfig>,
  userData: UserData = workerUserDataOf(options, "aws"),
): Provider {
  const { runtime, home, config } = options;
  const session = awsSession(runtime.clock, config.regionName);
  const { clusterId } = config;
  const base = () => readAwsBase(runtime, home);
  const own = new Set<string>();
  const types: Record<string, MachineType> = {};
  return {
    name: "aws",
    pace: PACE,
    logEveryS: 5,
    check: () => check({ session, config }),
    async offerings(names): Promise<Offerings> {
      const unknown = names.filter((name) => types[name] === undefined);
      if (unknown.length > 0) Object.assign(types, await describeTypes(session, unknown));
      const known = names.flatMap((name) => types[name] ?? []);
      const missing = names.filter((name) => types[name] === undefined);
      return {
        zones: Object.keys((await base())?.subnets ?? {}).sort(),
        types: Object.fromEntries(known.map((type) => [type.name, type])),
        ...(missing.length > 0 && { missing: await likelyTypes(session, missing) }),
      };
    },
    async list() {
      const listing = await listInstances(session, clusterId);
      for (const { id } of listing.instances) own.add(id);
      return listing;
    },
    async launch(attempt) {
      const nowMs = runtime.clock.nowMs();
      const outcome = await launch({ session, config, base: await base(), userData, nowMs }, attempt);
      for (const { id } of outcome.instances) own.add(id);
      return outcome;
    },
    terminate: (ids) => terminate({ session, clusterId, own }, ids),
    bootLog: (name, attemptId, after) => bootLog({ session, clusterId }, name, attemptId, after),
  };
}
