/** Keys that say what workers are and how many there may be. @module */

import { CLOUDS, type Fields } from "./_field.ts";
import { ACCELERATOR_TYPE, amount, count, list, MACHINE_TYPE, MARKET, WORKERS, ZONE } from "./kinds.ts";

/** Accelerators are attached on GCP; what to do elsewhere. */
export const GPU_ELSEWHERE =
  "on aws a GPU comes with the machine: choose a worker_type that has one, such as g4dn.xlarge";

/** See {@linkcode import("./fields.ts").FIELDS}. */
export const WORKER_FIELDS = {
  worker_type: {
    title: "Workers",
    kind: MACHINE_TYPE,
    default: null,
    defaults: { aws: "t2.small", gcp: "f1-micro" },
    comment: "Machine type of the workers.",
    only: CLOUDS,
  },
  accelerator_type: {
    kind: ACCELERATOR_TYPE,
    default: null,
    comment: "GPU attached to each worker, such as nvidia-tesla-t4.",
    only: ["gcp"],
    elsewhere: GPU_ELSEWHERE,
  },
  accelerator_count: {
    kind: count(0, 16),
    default: 0,
    comment: 'GPUs of each worker. With 1 or more, workers take the tasks that ask for resources={"GPU": 1}.',
    only: ["gcp", "local"],
    elsewhere: GPU_ELSEWHERE,
  },
  slots_per_worker: {
    kind: { is: "word-or", word: "auto", means: "auto", or: count(1, 1024) },
    default: 1,
    comment: "Tasks that one worker runs at a time. auto: as many as it has cores.",
    comments: {
      local: "Tasks that one worker runs at a time. auto: this machine's cores, shared among all workers.",
    },
  },
  market: {
    kind: MARKET,
    default: "on-demand",
    comment: "How workers are paid for: on-demand, spot (cheaper, may be taken away at any time) or " +
      "spot-then-on-demand (spot while there is any).",
    only: CLOUDS,
  },
  zones: {
    kind: list(ZONE, "zone names"),
    default: [],
    comment: "Zones to try for workers, in this order, such as [eu-west-2a, eu-west-2b]. []: any.",
    comments: {
      gcp:
        "Zones to try for workers, in this order, such as [europe-west2-b, europe-west2-c]. []: zone_name's.",
    },
    only: CLOUDS,
  },
  fallback_worker_types: {
    kind: list(MACHINE_TYPE, "machine types"),
    default: [],
    comment: "Machine types to try, in this order, when there is no capacity for worker_type.",
    only: CLOUDS,
  },
  boot_delay_s: {
    kind: amount("seconds", 0, 3600),
    default: 0,
    comment: "Seconds that a worker waits before it starts, to see how a cloud would feel.",
    only: ["local"],
  },
  pools: {
    kind: { is: "pools" },
    default: [],
    comment: "Further kinds of workers, each started only for tasks that ask for what it offers, such as " +
      "[{name: gpu, worker_type: g4dn.xlarge, resources: {GPU: 1}, max_workers: 2}].",
    comments: {
      local: "Further kinds of workers, each started only for tasks that ask for what it offers, such as " +
        "[{name: gpu, resources: {GPU: 1}, max_workers: 2}].",
      gcp: "Further kinds of workers, each started only for tasks that ask for what it offers, such as " +
        "[{name: gpu, worker_type: n1-standard-4, accelerator_type: nvidia-tesla-t4, accelerator_count: 1}].",
    },
  },
  max_workers: {
    title: "Scaling",
    kind: WORKERS,
    default: 1,
    comment: "Never more workers than this at a time.",
  },
  min_workers: {
    kind: WORKERS,
    default: 0,
    comment: "Never fewer workers than this, even with nothing to do.",
  },
  max_idle_time_s: {
    kind: amount("seconds", 0),
    default: 300,
    comment: "Seconds that a worker may have nothing to do before it is ended.",
  },
  hold_results_s: {
    kind: { is: "word-or", word: "unlimited", means: null, or: amount("seconds", 0) },
    default: null,
    comment:
      "Seconds that a worker is kept for results which only it holds. unlimited: for as long as the script " +
      "that wants them is connected.",
  },
  boot_timeout_s: {
    kind: amount("seconds", 1),
    default: null,
    comment: "Seconds that a worker may take to join before it is given up. null: 600, or 1800 with a GPU.",
  },
  poll_interval_s: {
    kind: amount("seconds", 0.1, 60),
    default: 1,
    comment: "Seconds between two looks at the scheduler.",
  },
  daemon_grace_s: {
    title: "When this machine is asleep or gone",
    kind: amount("seconds", 1),
    default: 900,
    comment: "Seconds without the xcore daemon after which idle workers end by themselves.",
  },
  orphan_timeout_h: {
    kind: amount("hours", 0.001),
    default: 12,
    comment: "Hours with neither daemon nor script after which the scheduler's machine switches itself off.",
    comments: { local: "Hours with neither daemon nor script after which the scheduler ends by itself." },
  },
  max_worker_lifetime_h: {
    kind: amount("hours", 2, 2880),
    default: 168,
    comment: "Hours after which a worker is replaced, whatever happens.",
    only: CLOUDS,
  },
} satisfies Partial<Fields>;
