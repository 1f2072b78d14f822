/** What a status is made from, with defaults. */

import type { Config } from "../../../lib/config/config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { EMPTY_MEMORY, type Memory, type WorkerMemory } from "../../../lib/plan/memory.ts";
import { firstMemory } from "../../../lib/plan/memory.ts";
import type { ClusterPrices } from "../../../lib/price/cluster_prices.ts";
import type { StatusInput } from "../../../lib/status/status_of.ts";
import { instance, pool, report } from "../../support/fakes/builders.ts";

/** Monotonic clock; the wall clock then shows 2027. */
export const NOW_MS = 100_000;
export const WALL_MS = Date.UTC(2027, 0, 1);

const CONFIGS = {
  local: await config("provider: local\npython: /usr/bin/python3\n"),
  aws: await config("provider: aws\nregion_name: eu-west-1\nbudget_usd: 50\n"),
};

function config(text: string): Promise<Config> {
  return parseConfig(`${text}cluster_name: lab\ncluster_id: lab-0a1b2c3d\n`, "config.yaml");
}

/** As on a cloud: a dollar an hour for a `small` worker. */
const PRICES: ClusterPrices = {
  scheduler: 0.5,
  worker: (_pool, { type }) => type === "small" ? 1 : null,
  schedulerSurcharge: 0.04,
  workerSurcharge: (type) => type === "small" ? 0.08 : 0,
  schedulerRate: { machineUsd: 0.4, diskUsd: 0.1 },
  workerRate: (_pool, { type }) => ({ machineUsd: type === "small" ? 0.9 : null, diskUsd: 0.1 }),
  billing: { minimumS: 60, stoppingCosts: false },
  isNamed: () => false,
  list: { source: "https://prices.test/vms.csv", fetchedAtMs: Date.UTC(2026, 10, 30) },
};

/** A cluster that runs with nothing in it. */
export function input(over: Partial<StatusInput> & { on?: keyof typeof CONFIGS } = {}): StatusInput {
  const { on = "local", ...others } = over;
  return {
    config: CONFIGS[on],
    prices: on === "local" ? null : PRICES,
    ledger: null,
    pools: [pool()],
    report: report(),
    memory: EMPTY_MEMORY,
    failures: {},
    waitingKeys: [],
    machines: on !== "local",
    bootLog: "",
    cluster: {
      base: "up",
      verb: null,
      url: "tls://127.0.0.1:8786",
      dashboardUrl: "https://127.0.0.1:8787/status",
      startedAtMs: WALL_MS - 60_000,
      lastShutdown: null,
    },
    daemon: { running: true, pid: 7, unit: null, since: "2026-12-31T00:00:00.000Z", last_tick_at: null },
    openAttempts: [],
    decisions: [],
    now: { wallMs: WALL_MS, monotonicMs: NOW_MS },
    ...others,
  };
}

/** A memory of these workers. */
export function remembering(...workers: readonly WorkerMemory[]): Memory {
  return {
    ...EMPTY_MEMORY,
    workers: Object.fromEntries(workers.map((worker) => [worker.instance.id, worker])),
  };
}

/** What is remembered of one that was launched `agoS` seconds ago. */
export function remembered(name: string, agoS: number, over: Partial<WorkerMemory> = {}): WorkerMemory {
  return { ...firstMemory(instance(name, { ageS: agoS }), NOW_MS, "1 task to run"), ...over };
}
