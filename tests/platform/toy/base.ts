/** The base of `toy`: a scheduler that is an object, too. */

import type { Base, BaseState } from "../../../lib/platform/base.ts";
import type { PlatformOptions } from "../../../lib/platform/platform.ts";
import { toyCloud } from "./toy_cloud.ts";

/** The base of `toy`. */
export function toyBase({ runtime, home, config }: PlatformOptions): Base {
  const { clusterId } = config;
  const { bases } = toyCloud(home.root, runtime.clock);
  const describe = (): BaseState => {
    const made = bases.get(clusterId);
    if (made === undefined) return { state: "down", url: null, http: null, startedAtMs: null };
    return {
      state: "up",
      url: `tls://toy:${config.schedulerPort}`,
      http: { host: "toy", port: config.dashboardPort },
      startedAtMs: made.startedMs,
    };
  };
  const remove = () => {
    bases.delete(clusterId);
    return Promise.resolve();
  };
  return {
    schedulerWithinS: 1,
    images: null,
    suggestConfig: () => Promise.resolve({}),
    async *check() {},
    clockAheadMs: () => Promise.resolve(null),
    recorded: () => Promise.resolve([]),
    prepare: () => Promise.resolve(),
    plan: () => Promise.resolve(bases.has(clusterId) ? [] : ["A scheduler that is an object."]),
    up(progress) {
      progress("Making an object …");
      if (!bases.has(clusterId)) bases.set(clusterId, { startedMs: runtime.clock.nowMs() });
      return Promise.resolve(describe());
    },
    abandon: remove,
    down: remove,
    resources: () => Promise.resolve(bases.has(clusterId) ? [`object ${clusterId}`] : []),
    orphans: () => Promise.resolve([]),
    deleteOrphans: () => Promise.resolve([]),
    allow: () => Promise.resolve([]),
    describe: () => Promise.resolve(describe()),
    log: () => Promise.resolve(null),
    machine: () => Promise.resolve(null),
    startupPhase: () => Promise.resolve("the object"),
    repair: () => Promise.resolve(null),
    diagnoseAccess: () => Promise.resolve(null),
  };
}
