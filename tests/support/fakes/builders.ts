/** Nouns with defaults, so that a test names only what it is about. */

import type {
  Attempt,
  DaskWorker,
  Instance,
  Pool,
  SchedulerReport,
  Snapshot,
} from "../../../lib/model/mod.ts";
import type { Rules } from "../../../lib/plan/rules.ts";
import { CAPABILITIES } from "../../../lib/protocol/messages.ts";

export function instance(name: string, over: Partial<Instance> = {}): Instance {
  return {
    id: `i-${name}`,
    name,
    attemptId: "attempt",
    pool: "default",
    type: "small",
    accelerator: null,
    zone: null,
    market: "on-demand",
    state: "running",
    ageS: 0,
    address: null,
    ...over,
  };
}

export function daskWorker(name: string, over: Partial<DaskWorker> = {}): DaskWorker {
  return {
    name,
    address: `tls://127.0.0.1:${40_000 + Number(name.split("-")[1])}`,
    status: "running",
    nthreads: 1,
    processing: 0,
    executing: 0,
    completed: 0,
    runs: null,
    memoryBytes: 1,
    memoryLimitBytes: null,
    cpuPercent: 0,
    resources: {},
    lastSeenS: 0,
    holdsResults: false,
    heldBytes: 0,
    takenInS: null,
    lifetimeLeftS: null,
    boundByRestriction: 0,
    boundByInputs: 0,
    drained: false,
    keptBy: null,
    keptReason: null,
    ...over,
  };
}

export function report(over: Partial<SchedulerReport> = {}): SchedulerReport {
  return {
    capabilities: CAPABILITIES,
    clusterId: "xcore-00000000",
    schedulerId: "Scheduler-1",
    startedAt: "2026-01-01T00:00:00Z",
    versions: {},
    tasks: { released: 0, waiting: 0, queued: 0, noWorker: 0, processing: 0, memory: 0, erred: 0 },
    runnable: [],
    soon: [],
    changes: null,
    mistyped: [],
    taskTime: [],
    stranded: [],
    record: null,
    memoryBytes: null,
    memoryLimitBytes: null,
    endsInS: null,
    pendingScatters: 0,
    requests: [],
    waitingClients: [],
    clients: ["Client-1"],
    mismatches: [],
    overridden: [],
    deaths: [],
    workers: [],
    lease: {
      holder: null,
      expiresAt: null,
      workersEndInS: null,
      budgetEndsInS: null,
      schedulerEndsInS: null,
    },
    ...over,
  };
}

/** A report with this many plain tasks to run. */
export function tasks(count: number, over: Partial<SchedulerReport> = {}): SchedulerReport {
  return report({ runnable: [{ resources: {}, count }], ...over });
}

export function pool(over: Partial<Pool> = {}): Pool {
  return {
    name: "default",
    type: "small",
    fallbackTypes: [],
    accelerator: null,
    acceleratorCount: 0,
    resources: {},
    slots: 1,
    minWorkers: 0,
    maxWorkers: 4,
    market: "on-demand",
    zones: [],
    spotPricePerCore: {},
    bootTimeoutS: 600,
    ...over,
  };
}

export function rules(over: Partial<Rules> = {}): Rules {
  return {
    pools: [pool()],
    maxIdleTimeS: 60,
    holdResultsS: null,
    moneyLimits: null,
    goneAfterS: 0,
    terminateAgainS: 5,
    stoppingCosts: true,
    ...over,
  };
}

export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    scheduler: report(),
    listing: { instances: [], complete: true },
    listedAtMs: 0,
    openAttempts: [],
    launchedBefore: [],
    spent: null,
    leaseHeld: true,
    ...over,
  };
}

export function attempt(names: string[], over: Partial<Attempt> = {}): Attempt {
  return {
    id: "attempt",
    pool: "default",
    type: "small",
    accelerator: null,
    acceleratorCount: 0,
    resources: {},
    zone: null,
    market: "on-demand",
    slots: 1,
    names,
    atMs: 0,
    ...over,
  };
}
