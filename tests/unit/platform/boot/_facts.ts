/** Facts of instances for tests. @module */

import type {
  ImageBootFacts,
  SchedulerBootFacts,
  WorkerBootFacts,
} from "../../../../lib/platform/boot/boot_facts.ts";
import { DEFAULT_TERMS } from "../../../../lib/protocol/messages.ts";

const NODE = {
  cloud: "aws",
  clusterId: "lab-0123abcd",
  tls: {
    authority: "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n",
    certificate: "-----BEGIN CERTIFICATE-----\nleaf\n-----END CERTIFICATE-----\n",
    key: "-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n",
  },
  python: { version: "3.11.7", packages: { dask: "2026.8.0", distributed: "2026.8.0", lz4: null } },
  extraPackages: [],
  locks: null,
  aptPackages: [],
  setupScript: "",
} as const;

/** A worker's facts, but for what is given. */
export function workerNode(given: Partial<WorkerBootFacts> = {}): WorkerBootFacts {
  return {
    ...NODE,
    names: ["worker-0", "worker-1"],
    slots: 1,
    resources: {},
    schedulerHost: "10.0.0.4",
    schedulerPort: 8786,
    dashboardPort: 8787,
    spot: false,
    nvidia: false,
    bootTimeoutS: 600,
    threads: "auto",
    powerOffAfterS: 600,
    lifetimeS: 168 * 3600,
    ...given,
  };
}

/** A scheduler's facts, but for what is given. */
export function schedulerNode(given: Partial<SchedulerBootFacts> = {}): SchedulerBootFacts {
  return {
    ...NODE,
    schedulerPort: 8786,
    dashboardPort: 8787,
    scatterTimeoutS: 600,
    terms: DEFAULT_TERMS,
    lifetimeS: null,
    ...given,
  };
}

/** The facts of a machine that is to be an image, but for what is given. */
export function imageNode(given: Partial<ImageBootFacts> = {}): ImageBootFacts {
  const { cloud, python, extraPackages, locks, aptPackages, setupScript } = NODE;
  return { cloud, python, extraPackages, locks, aptPackages, setupScript, nvidia: false, ...given };
}
