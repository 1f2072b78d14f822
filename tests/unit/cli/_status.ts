/** Statuses as a daemon would tell them, with defaults: a test names only what it is about. */

import type { Status, WorkerStatus } from "../../../lib/model/mod.ts";

/** The moment that all of it is seen at. */
export const NOW_MS = Date.parse("2026-01-01T12:00:00Z");

/** The moment so many seconds before. */
export function ago(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

export function worker(name: string, over: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    name,
    id: `i-${name}`,
    pool: "default",
    type: "local",
    accelerator: null,
    zone: null,
    market: "on-demand",
    state: "running",
    since: ago(65),
    seen_at: ago(1),
    address: "tls://127.0.0.1:40000",
    slots: 1,
    processing: 1,
    executing: 1,
    runs: { square: 1 },
    completed: 4,
    cpu_percent: 99.5,
    memory_bytes: 1e9,
    memory_limit_bytes: 4 * 2 ** 30,
    price_per_hour_usd: 0,
    lifetime_left_s: null,
    leaves_in_s: null,
    boot_s: null,
    reason: "it has 1 task",
    ...over,
  };
}

/** Workers with these numbers. */
export function workers(count: number, over: Partial<WorkerStatus> = {}): WorkerStatus[] {
  return Array.from({ length: count }, (_, i) => worker(`worker-${i}`, over));
}

/** What may differ from a cluster that runs and has nothing to do. */
export type Over = {
  readonly [Part in keyof Status]?: Status[Part] extends readonly unknown[] | null ? Status[Part]
    : Partial<Status[Part]> | null;
};

export function status(over: Over = {}): Status {
  const demand = {
    runnable: 0,
    queued: 0,
    processing: 0,
    waiting: 0,
    done: 0,
    failed: 0,
    skipped: 0,
    pending_scatters: 0,
    waiting_clients: 0,
    clients: 0,
    target: 0,
    by_pool: { default: { runnable: 0, target: 0, requested: 0, requested_for_s: null } },
  };
  return {
    cluster: {
      name: "xcore",
      id: "xcore-00000000",
      provider: "local",
      state: "running",
      url: "tls://127.0.0.1:8786",
      dashboard_url: "https://127.0.0.1:8787/status",
      region: null,
      started_at: ago(720),
      ends_in_s: null,
      shut_down: null,
      ...over.cluster,
    },
    daemon: {
      running: true,
      pid: 1234,
      unit: null,
      since: ago(719),
      last_tick_at: ago(1),
      ...over.daemon,
    },
    scheduler: over.scheduler === null
      ? null
      : { started_at: ago(719), memory_bytes: 2e8, memory_limit_bytes: null, ...over.scheduler },
    demand: over.demand === null ? null : { ...demand, ...over.demand },
    tasks: null,
    workers: over.workers ?? [],
    cost: {
      per_hour_usd: 0,
      scheduler_per_hour_usd: 0,
      surcharge_per_hour_usd: 0,
      since_start_usd: 0,
      today_usd: 0,
      unknown_prices: 0,
      stays_per_hour_usd: 0,
      stays_until: null,
      max_hourly_usd: null,
      budget_usd: null,
      budget_per_day_usd: null,
      budget_left_usd: null,
      budget_left_today_usd: null,
      price_list: null,
      ...over.cost,
    },
    decisions: over.decisions ?? [],
    problems: over.problems ?? [],
  };
}

/** A cluster in the middle of a job. */
export function busy(over: Over = {}): Status {
  return status({
    demand: { runnable: 9, queued: 6, processing: 3, done: 3, clients: 1, target: 3 },
    workers: workers(3),
    decisions: [{ at: ago(75), action: "launch", count: 3, reason: "12 tasks to run, at most 3 workers" }],
    ...over,
  });
}
