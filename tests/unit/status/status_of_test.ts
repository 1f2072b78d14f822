import assert from "node:assert/strict";
import { XcoreError } from "../../../lib/errors.ts";
import type { TaskRecord, WorkerStatus } from "../../../lib/model/mod.ts";
import type { Ledger } from "../../../lib/price/ledger.ts";
import { type ClusterFacts, statusOf } from "../../../lib/status/status_of.ts";
import { attempt, daskWorker, instance, pool, report } from "../../support/fakes/builders.ts";
import { assertWording } from "../../support/wording.ts";
import type { ShutdownNote } from "../../../lib/status/shutdown_note.ts";
import { input, NOW_MS, remembered, remembering, WALL_MS } from "./_input.ts";

/** The design's contract of `status --json`. */
const CONTRACT = {
  cluster: "name, id, provider, state, url, dashboard_url, region, started_at",
  daemon: "running, pid, unit, since, last_tick_at",
  scheduler: "started_at, memory_bytes",
  demand:
    "runnable, queued, processing, waiting, done, failed, skipped, pending_scatters, waiting_clients, clients, " +
    "target, by_pool",
  workers:
    "name, id, pool, type, accelerator, zone, market, state, since, seen_at, address, slots, processing, executing, " +
    "runs, completed, cpu_percent, memory_bytes, memory_limit_bytes, price_per_hour_usd, lifetime_left_s, leaves_in_s, boot_s, reason",
  tasks: "functions, others",
  cost:
    "per_hour_usd, surcharge_per_hour_usd, since_start_usd, today_usd, unknown_prices, stays_per_hour_usd, stays_until, budget_usd",
  decisions: "at, action, count, reason",
  problems: "code, message, hint",
};

const NONE = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };
const RECORD: TaskRecord = {
  functions: [
    { ...NONE, name: "idle", done: 9, firstError: null, firstFailedKey: null },
    { ...NONE, name: "busy", done: 4, running: 1, firstError: null, firstFailedKey: null },
    { ...NONE, name: "bad", failed: 2, skipped: 1, firstError: "ValueError(1)", firstFailedKey: "bad-1" },
  ],
  others: { ...NONE, done: 100, failed: 1 },
};

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A status with one of everything in it. */
function full() {
  return statusOf(input({
    memory: remembering(remembered("worker-0", 40, { joinedMs: NOW_MS - 30_000 })),
    report: report({
      record: RECORD,
      workers: [daskWorker("worker-0", { processing: 2, executing: 1, completed: 5, cpuPercent: 99.5 })],
    }),
    openAttempts: [attempt(["worker-1"], { atMs: WALL_MS - 1000 })],
    decisions: [{
      atMs: WALL_MS - 2000,
      action: "launch",
      names: ["worker-0", "worker-9"],
      reason: "2 tasks",
    }],
    failures: { provider_unreachable: new XcoreError("Cannot list", "Wait.") },
  }));
}

Deno.test("statusOf() has every key of the contract, and nothing that JSON would drop", () => {
  const status = full();
  for (const [part, keys] of Object.entries(CONTRACT)) {
    const value = status[part as keyof typeof CONTRACT];
    for (const item of Array.isArray(value) ? value : [value]) {
      for (const key of keys.split(", ")) assert.ok(key in item!, `${part} lacks ${key}`);
    }
    if (Array.isArray(value)) assert.notEqual(value.length, 0, part);
  }
  assert.deepEqual(Object.keys(status).sort(), Object.keys(CONTRACT).sort());
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
});

Deno.test("statusOf() tells all times in UTC by people's clock", () => {
  const { cluster, workers, decisions } = full();
  assert.equal(cluster.started_at, "2026-12-31T23:59:00.000Z");
  assert.deepEqual(workers.map(({ since }) => since), [
    "2026-12-31T23:59:30.000Z",
    "2026-12-31T23:59:59.000Z",
  ]);
  assert.equal(decisions[0]!.at, "2026-12-31T23:59:58.000Z");
  for (const time of [cluster.started_at, ...workers.map(({ since }) => since)]) assert.match(time!, ISO);
});

Deno.test("statusOf() shows a worker as its provider and its scheduler have it", () => {
  const [worker] = full().workers;
  assert.deepEqual(worker, {
    ...{ name: "worker-0", id: "i-worker-0", pool: "default", type: "small", accelerator: null, zone: null },
    ...{ market: "on-demand", state: "running", since: "2026-12-31T23:59:30.000Z" },
    ...{ seen_at: "2027-01-01T00:00:00.000Z", address: "tls://127.0.0.1:40000", slots: 1 },
    ...{ processing: 2, executing: 1, runs: null, completed: 5, cpu_percent: 99.5, memory_bytes: 1 },
    ...{
      memory_limit_bytes: null,
      price_per_hour_usd: 0,
      lifetime_left_s: null,
      leaves_in_s: null,
      boot_s: null,
      reason: "it has 2 tasks",
    },
  });
});

Deno.test("statusOf() gives as a worker's reason that the cloud reclaims it", () => {
  const memory = remembering(remembered("worker-0", 10, { joinedMs: 0 }));
  const workers = [daskWorker("worker-0", { takenInS: 61.2, status: "closing_gracefully" })];
  const { workers: [worker] } = statusOf(input({ memory, report: report({ workers }) }));
  assert.equal(worker!.state, "draining");
  assertWording("problems", "reason of a worker that the cloud reclaims", worker!.reason!);
});

Deno.test("statusOf() counts down to the end of a worker's and of the cluster's lifetime", () => {
  const memory = remembering(remembered("worker-0", 10, { joinedMs: 0 }));
  const at = (lifetimeLeftS: number) =>
    statusOf(input({
      memory,
      report: report({ workers: [daskWorker("worker-0", { lifetimeLeftS })], endsInS: 7200.4 }),
    }));
  const { workers: [young], cluster } = at(5000);
  assert.deepEqual([young!.lifetime_left_s, cluster.ends_in_s], [5000, 7200]);
  assert.doesNotMatch(young!.reason ?? "", /lifetime/);
  assertWording("lifetimes", "reason before", at(2580).workers[0]!.reason!);
  assertWording("lifetimes", "reason after", at(-1320).workers[0]!.reason!);
});

Deno.test("statusOf() knows the cluster's end by its configuration once the scheduler does not answer", () => {
  const cluster = { ...input().cluster, startedAtMs: input().now.wallMs - 3600_000 };
  const config = { ...input().config, maxClusterLifetimeH: 3 };
  assert.equal(statusOf(input({ report: null, cluster, config })).cluster.ends_in_s, 7200);
  const waitingKeys = ["max_cluster_lifetime_h"];
  assert.equal(statusOf(input({ report: null, cluster, config, waitingKeys })).cluster.ends_in_s, null);
});

Deno.test("statusOf() says null of what is not known", () => {
  const { cluster, demand, workers } = statusOf(input({
    report: null,
    memory: remembering(remembered("worker-0", 40, { reason: null })),
    cluster: {
      base: "partial",
      verb: null,
      url: null,
      dashboardUrl: null,
      startedAtMs: null,
      lastShutdown: null,
    },
  }));
  assert.deepEqual([cluster.url, cluster.dashboard_url, cluster.region, cluster.started_at, demand], [
    ...[null, null, null, null, null],
  ]);
  const unknown = [
    "address",
    "processing",
    "executing",
    "completed",
    "cpu_percent",
    "memory_bytes",
    "runs",
    "seen_at",
    "lifetime_left_s",
    "leaves_in_s",
  ];
  for (const key of unknown) assert.equal(workers[0]![key as keyof WorkerStatus], null, key);
});

Deno.test("statusOf() tells tasks by function, those with failures first and then those with work left", () => {
  const { tasks, demand } = full();
  assert.deepEqual(tasks!.functions.map(({ name }) => name), ["bad", "busy", "idle"]);
  assert.deepEqual(tasks!.functions[0], {
    ...{ ...NONE, name: "bad", failed: 2, skipped: 1 },
    ...{ first_error: "ValueError(1)", first_failed_key: "bad-1" },
  });
  assert.deepEqual(tasks!.others, RECORD.others);
  assert.deepEqual([demand!.done, demand!.failed, demand!.skipped], [113, 3, 1]);
});

Deno.test("statusOf() counts no ended task of a scheduler that is too old to", () => {
  const { tasks, demand } = statusOf(input({ report: report({ record: null }) }));
  assert.deepEqual([tasks, demand!.done, demand!.failed, demand!.skipped], [null, null, null, null]);
});

Deno.test("statusOf() lists workers by number, each name once", () => {
  const names = ["worker-10", "worker-9", "worker-0"];
  const { workers } = statusOf(input({
    memory: remembering(...names.map((name) => remembered(name, 1))),
    openAttempts: [attempt(["worker-2", "worker-9"])],
  }));
  assert.deepEqual(workers.map(({ name, state }) => [name, state]), [
    ["worker-0", "booting"],
    ["worker-2", "requested"],
    ["worker-9", "booting"],
    ["worker-10", "booting"],
  ]);
});

Deno.test("statusOf() tells each worker's state, and since when", () => {
  const at = (agoS: number) => NOW_MS - agoS * 1000;
  const pending = { instance: instance("worker-0", { state: "pending" }) };
  const stopping = { instance: instance("worker-0", { state: "stopping" }), knownMs: at(3) };
  const off = { instance: instance("worker-0", { state: "stopped" }) };
  const draining = daskWorker("worker-0", { status: "closing_gracefully" });
  const cases = [
    [pending, undefined, "pending", 40],
    [{}, undefined, "booting", 40],
    [{ joinedMs: at(30) }, daskWorker("worker-0"), "running", 30],
    [{ joinedMs: at(30) }, daskWorker("worker-0", { status: "paused" }), "paused", 30],
    [{ joinedMs: at(30), leftMs: at(5) }, undefined, "booting", 5],
    [{ joinedMs: at(30), terminatedMs: at(2) }, undefined, "stopping", 2],
    [stopping, undefined, "stopping", 3],
    [off, undefined, "failed", 40],
  ] as const;
  for (const [memory, dask, state, agoS] of cases) {
    const [worker] = statusOf(input({
      memory: remembering(remembered("worker-0", 40, memory)),
      report: report({ workers: dask === undefined ? [] : [dask] }),
    })).workers;
    assert.equal(worker!.state, state);
    assert.equal(worker!.since, new Date(WALL_MS - agoS * 1000).toISOString(), state);
  }
  const [leaving] = statusOf(input({
    memory: remembering(remembered("worker-0", 40, { joinedMs: at(30) })),
    report: report({ workers: [draining] }),
  })).workers;
  assert.equal(leaving!.state, "draining");
});

Deno.test("statusOf() adds up the demand, and tells it pool by pool", () => {
  const { demand } = statusOf(input({
    pools: [pool(), pool({ name: "gpu", resources: { GPU: 1 }, maxWorkers: 2 })],
    report: report({
      tasks: { released: 1, waiting: 2, queued: 3, noWorker: 4, processing: 5, memory: 6, erred: 7 },
      runnable: [{ resources: {}, count: 3 }, { resources: { GPU: 1 }, count: 9 }],
      pendingScatters: 1,
      requests: [{ pool: "default", workers: 9, leftS: 60 }, { pool: "removed", workers: 2, leftS: 5 }],
      waitingClients: [20, 3],
      clients: ["Client-1", "Client-2"],
    }),
  }));
  assert.deepEqual(demand, {
    ...{ runnable: 12, queued: 7, processing: 5, waiting: 2, pending_scatters: 1, clients: 2 },
    ...{ done: null, failed: null, skipped: null, waiting_clients: 2 },
    target: 6,
    by_pool: {
      default: { runnable: 3, target: 4, requested: 9, requested_for_s: 60 },
      gpu: { runnable: 9, target: 2, requested: 0, requested_for_s: null },
    },
  });
});

Deno.test("statusOf() tells the cluster's state from its base, its verb, its daemon and its problems", () => {
  const facts = input().cluster;
  const stopped = { ...input().daemon, running: false };
  const failures = { provider_unreachable: new XcoreError("Cannot list", "Wait.") };
  const of = (cluster: Partial<ClusterFacts>, over: Parameters<typeof input>[0] = {}) =>
    statusOf(input({ ...over, cluster: { ...facts, ...cluster } })).cluster.state;
  assert.equal(of({}), "running");
  assert.equal(of({}, { daemon: stopped }), "degraded");
  const ticked = { ...input().daemon, last_tick_at: "2026-11-29T12:00:00.000Z" };
  assert.equal(of({}, { report: null, daemon: ticked }), "degraded");
  const fresh = { ...input().daemon, last_tick_at: null };
  assert.equal(of({}, { report: null, daemon: fresh }), "starting", "before its first tick it knows nothing");
  assert.equal(of({ base: "partial" }, { report: null, daemon: fresh }), "degraded");
  assert.equal(of({}, { failures }), "degraded");
  assert.equal(of({}, { waitingKeys: ["scheduler_port"] }), "running", "a hint is no failure");
  assert.equal(of({ base: "partial" }), "degraded");
  assert.equal(of({ base: "down" }), "down");
  assert.equal(of({ base: "down", verb: "start" }), "starting");
  assert.equal(of({ verb: "start" }, { report: null }), "starting");
  assert.equal(of({ verb: "shutdown" }), "stopping");
  assert.equal(of({ base: "down", verb: "shutdown" }), "stopping");
});

Deno.test("statusOf() finds no problem in a cluster that is not there", () => {
  const failures = { scheduler_unreachable: new XcoreError("Cannot reach the scheduler", "Start it.") };
  const facts = { ...input().cluster, base: "down" } as const;
  assert.deepEqual(statusOf(input({ failures, cluster: facts })).problems, []);
});

Deno.test("statusOf() reports workers of a cluster that is not running", () => {
  const cluster = { ...input().cluster, base: "down" } as const;
  const memory = remembering(remembered("worker-0", 1), remembered("worker-1", 1));
  const { problems } = statusOf(input({ cluster, memory }));
  assert.deepEqual(problems.map(({ code }) => code), ["orphaned_workers"]);
  assertWording("problems", "orphaned_workers", problems[0]!.message);
  const stopping = { ...cluster, verb: "shutdown" } as const;
  assert.deepEqual(statusOf(input({ cluster: stopping, memory })).problems, []);
});

Deno.test("statusOf() adds up what scheduler and workers cost; an unknown price makes the sum unknown", () => {
  const two = {
    memory: remembering(remembered("worker-0", 1)),
    openAttempts: [attempt(["worker-1"])],
  };
  const costOf = (over: Parameters<typeof input>[0]) => statusOf(input(over)).cost;
  const unlimited = {
    max_hourly_usd: null,
    budget_per_day_usd: null,
    budget_left_usd: null,
    budget_left_today_usd: null,
  };
  assert.deepEqual(costOf({ on: "aws", ...two }), {
    per_hour_usd: 2.5,
    scheduler_per_hour_usd: 0.5,
    surcharge_per_hour_usd: 0.04 + 2 * 0.08,
    since_start_usd: null,
    today_usd: null,
    unknown_prices: 0,
    stays_per_hour_usd: 0.5,
    stays_until: null,
    budget_usd: 50,
    ...unlimited,
    price_list: { source: "https://prices.test/vms.csv", fetched_at: "2026-11-30T00:00:00.000Z" },
  });
  const strange = [attempt(["worker-1"], { type: "strange" })];
  assert.equal(costOf({ on: "aws", ...two, openAttempts: strange }).per_hour_usd, null);
  assert.equal(costOf({ on: "aws" }).per_hour_usd, 0.5);
  const stops = remembering(
    remembered("worker-0", 1, { instance: instance("worker-0", { state: "stopping" }) }),
  );
  const ends = costOf({ on: "aws", memory: stops });
  assert.deepEqual([ends.per_hour_usd, ends.surcharge_per_hour_usd], [0.6, 0.04], "its disk costs on");
  assert.equal(costOf({ on: "aws", cluster: { ...input({}).cluster, base: "down" } }).per_hour_usd, 0);
  const nothing = {
    per_hour_usd: 0,
    scheduler_per_hour_usd: 0,
    surcharge_per_hour_usd: 0,
    since_start_usd: 0,
    today_usd: 0,
  };
  const none = {
    unknown_prices: 0,
    stays_per_hour_usd: 0,
    stays_until: null,
    budget_usd: null,
    ...unlimited,
    price_list: null,
  };
  assert.deepEqual(costOf(two), { ...nothing, ...none });
});

Deno.test("statusOf() tells what was spent, for how many the price is not known, and what goes on costing", () => {
  const costOf = (over: Parameters<typeof input>[0]) => statusOf(input({ on: "aws", ...over })).cost;
  const sinceStart = { usd: 12.5, unknown: 2 };
  const ledger: Ledger = {
    ...{ startedMs: 0, sinceStart, today: { usd: 1.5, unknown: 0 }, day: "2026-01-31", unpriced: [] },
    perHour: { usd: 0, unknown: 0, instances: 0 },
  };
  const { since_start_usd, today_usd, unknown_prices } = costOf({ ledger });
  assert.deepEqual([since_start_usd, today_usd, unknown_prices], [12.5, 1.5, 2]);
  assert.equal(costOf({ ledger: { ...ledger, startedMs: null } }).since_start_usd, null);
  const kept = { pools: [pool({ minWorkers: 2 })] };
  assert.equal(costOf(kept).stays_per_hour_usd, 2.5);
  const strange = { pools: [pool({ minWorkers: 1, type: "strange" })] };
  assert.equal(costOf(strange).stays_per_hour_usd, null);
  const ends = report({ endsInS: 3600 });
  assert.equal(costOf({ report: ends }).stays_until, new Date(WALL_MS + 3_600_000).toISOString());
  // Without a daemon workers end by themselves, and the scheduler after orphan_timeout_h.
  const alone = costOf({ ...kept, daemon: { ...input().daemon, running: false } });
  const orphanMs = 12 * 3_600_000;
  assert.deepEqual([alone.stays_per_hour_usd, alone.stays_until], [
    0.5,
    new Date(WALL_MS + orphanMs).toISOString(),
  ]);
});

Deno.test("statusOf() lists the decisions as they are given, the newest first", () => {
  const decisions = [
    { atMs: WALL_MS, action: "retire", names: ["worker-0"], reason: "no task for 60 s" },
    { atMs: WALL_MS - 1, action: "launch", names: ["worker-0", "worker-1"], reason: "2 tasks to run" },
  ] as const;
  assert.deepEqual(statusOf(input({ decisions })).decisions.map(({ action, count }) => [action, count]), [
    ["retire", 1],
    ["launch", 2],
  ]);
});

Deno.test("statusOf() has a shutdown that was cut off as a problem, unless a command goes on with it", () => {
  const note: ShutdownNote = {
    by: "daemon",
    reason: "idle for 2 h",
    beganAtMs: WALL_MS - 5000,
    endedAtMs: null,
    error: "the cloud did not answer",
  };
  const of = (over: Partial<ShutdownNote>, verb: "shutdown" | null = null) => {
    const cluster = { ...input().cluster, verb, lastShutdown: { ...note, ...over } };
    return statusOf(input({ cluster }));
  };
  const { cluster: { shut_down }, problems } = of({});
  assert.deepEqual([shut_down!.finished, shut_down!.error], [false, note.error]);
  const [found] = problems.filter(({ code }) => code === "shutdown_unfinished");
  assertWording("problems", "shutdown_unfinished", found!.message);
  const stopped = { ...input().daemon, running: false, pid: null };
  const failures = { daemon_not_running: new XcoreError("it is not running", "Start it.") };
  const cut = input({ daemon: stopped, failures, cluster: { ...input().cluster, lastShutdown: note } });
  assert.deepEqual(statusOf(cut).problems.map(({ code }) => code), ["shutdown_unfinished"]);
  for (const { problems } of [of({}, "shutdown"), of({ endedAtMs: WALL_MS })]) {
    assert.ok(problems.every(({ code }) => code !== "shutdown_unfinished"));
  }
  assert.equal(of({ endedAtMs: WALL_MS }).cluster.shut_down!.at, new Date(WALL_MS).toISOString());
});
