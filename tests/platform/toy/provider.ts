/** The provider `toy`: workers are objects in this process's memory. */

import { CapacityError } from "../../../lib/errors.ts";
import { NO_MACHINE_TYPES } from "../../../lib/model/mod.ts";
import { passed } from "../../../lib/platform/check_result.ts";
import type { PlatformOptions } from "../../../lib/platform/platform.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import { toyCloud } from "./toy_cloud.ts";

/** The provider `toy`. */
export function toyProvider({ runtime, home, config: { clusterId } }: PlatformOptions): Provider {
  const cloud = toyCloud(home.root, runtime.clock);
  const own = () => cloud.instances().filter((instance) => instance.clusterId === clusterId);
  return {
    name: "toy",
    pace: { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: 1 },
    logEveryS: 0.1,
    async *check() {
      yield await Promise.resolve(passed("Memory", "there is some"));
    },
    machineTypes: () => Promise.resolve(NO_MACHINE_TYPES),
    list: () => Promise.resolve({ instances: own().map((one) => cloud.describe(one)), complete: true }),
    launch(attempt) {
      const ids = cloud.launch(clusterId, attempt);
      const instances = own().filter(({ id }) => ids.includes(id)).map((one) => cloud.describe(one));
      if (ids.length > 0) return Promise.resolve({ instances });
      return Promise.reject(new CapacityError("Cannot launch workers: there are no objects left", "Wait."));
    },
    terminate(ids) {
      const nowMs = runtime.clock.nowMs();
      for (const one of own()) if (ids.includes(one.id)) one.terminatedMs ??= nowMs;
      return Promise.resolve();
    },
    bootLog(name, attemptId, after = "") {
      const found = own().findLast((one) =>
        one.name === name && (attemptId === null || one.attempt?.id === attemptId)
      );
      if (found === undefined) return Promise.resolve(null);
      const [, at = "0"] = after.startsWith(`${found.id} `) ? after.split(" ") : [];
      const end = `${found.id} ${found.console.length}`;
      return Promise.resolve({ text: found.console.slice(Number(at)), end });
    },
  };
}
