/** The provider `gcp`: workers are Compute Engine instances. @module */

import type { GcpConfig } from "../../config/config.ts";
import { NotRunningError } from "../../errors.ts";
import { type UserData, workerUserDataOf } from "../boot/user_data.ts";
import type { PlatformOptions } from "../platform.ts";
import type { Provider } from "../provider.ts";
import { checks } from "./checks.ts";
import { bootLog } from "./boot_log.ts";
import { clusterRegion, listInstances } from "./list_instances.ts";
import { limits } from "./limits.ts";
import { launch } from "./launch.ts";
import { machineTypes } from "./machine_types.ts";
import { readGcpOutputs } from "./base.ts";
import { gcpSession } from "./session.ts";
import { terminate } from "./terminate.ts";

/**
 * The provider `gcp`. It remembers nothing: labels say what is the cluster's, so any number of
 * these may be at work on one. The client is loaded by the first call.
 *
 * @param userData what an attempt's instances boot with
 */
export function provider(
  options: PlatformOptions<GcpConfig>,
  userData: UserData = workerUserDataOf(options, limits.userData),
): Provider {
  const { runtime, home, config } = options;
  const session = gcpSession(runtime, config);
  const { clusterId } = config;
  return {
    name: "gcp",
    pace: limits.pace,
    logEveryS: 3,
    check: () => checks({ session, runtime, config }),
    machineTypes: (types, accelerators = []) =>
      session.ask(
        "learn what machines there are",
        (google) => machineTypes(google, config, types, accelerators),
      ),

    list: () =>
      session.ask(
        "list the instances",
        ({ compute }) =>
          listInstances(compute, clusterId, clusterRegion(config), () => runtime.clock.nowMs()),
      ),

    async launch(attempt) {
      const base = await readGcpOutputs(runtime, home);
      if (base === null) {
        throw new NotRunningError("Cannot launch workers: the cluster has no network", "Run `xcore start`.");
      }
      const request = {
        ...{ attempt, config, base, zone: attempt.zone ?? base.zone },
        startupScript: new TextDecoder().decode(await userData(attempt, base)),
      };
      return await session.change(
        "launch workers",
        ({ compute }) => launch(compute, request, runtime.clock.nowMs()),
      );
    },

    terminate: (ids) => session.ask("terminate workers", ({ compute }) => terminate(compute, clusterId, ids)),

    bootLog: (name, attemptId, after) =>
      session.ask("read the boot log", ({ compute }) => bootLog(compute, clusterId, name, attemptId, after)),
  };
}
