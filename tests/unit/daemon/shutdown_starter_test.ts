import assert from "node:assert/strict";
import {
  budgetCause,
  idleCause,
  idleForS,
  type IdleWatch,
  shutdownStarter,
  UNWATCHED,
  type UseSeen,
  watchIdle,
} from "../../../lib/daemon/shutdown_starter.ts";
import type { SchedulerReport } from "../../../lib/model/mod.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { report as busyReport } from "../../support/fakes/builders.ts";

const HOUR_S = 3600;

/** Of a scheduler without a client. */
function report(over: Partial<SchedulerReport> = {}): SchedulerReport {
  return busyReport({ clients: [], ...over });
}

/** Tasks in these of Dask's states. */
function tasks(over: Partial<SchedulerReport["tasks"]>): SchedulerReport["tasks"] {
  return { ...report().tasks, ...over };
}

/** A daemon that ticks once a minute. */
function watching() {
  const clock = new FakeClock();
  let watch: IdleWatch = UNWATCHED;
  /** Ticks for so long with this to be seen; how long the cluster is idle then. */
  const pass = (seconds: number, seen: Partial<UseSeen> = {}) => {
    for (let s = 0; s < seconds; s += 60) {
      clock.advance(60_000);
      watch = watchIdle(watch, { report: report(), commandAtMs: 1, ...seen }, clock.monotonicMs());
    }
    return idleForS(watch, clock.monotonicMs());
  };
  return { clock, pass };
}

Deno.test("a cluster is idle from the first tick that sees nothing of use", () => {
  const { pass } = watching();
  assert.equal(pass(60), 0);
  assert.equal(pass(2 * HOUR_S), 2 * HOUR_S);
});

const USES: Readonly<Record<string, Partial<SchedulerReport>>> = {
  "a running task": { tasks: tasks({ processing: 1 }) },
  "a queued task": { tasks: tasks({ queued: 1 }) },
  "a task without a worker": { tasks: tasks({ noWorker: 1 }) },
  "a task that waits for another": { tasks: tasks({ waiting: 1 }) },
  "a connected client": { clients: ["Client-1"] },
  "an input that waits for a worker": { pendingScatters: 1 },
  "a client that waits for workers": { waitingClients: [3] },
  "a request for workers": { requests: [{ pool: "default", workers: 2, leftS: 60 }] },
};

for (const [use, seen] of Object.entries(USES)) {
  Deno.test(`a cluster with ${use} is in use, and idle only from its end on`, () => {
    const { pass } = watching();
    pass(HOUR_S);
    assert.equal(pass(60, { report: report(seen) }), null);
    assert.equal(pass(2 * 60), 60);
  });
}

Deno.test("results in memory and failed tasks keep no cluster", () => {
  const { pass } = watching();
  pass(60);
  assert.equal(pass(HOUR_S, { report: report({ tasks: tasks({ memory: 3, erred: 1 }) }) }), HOUR_S);
});

Deno.test("tasks that ran between two ticks, another scheduler and a command are a use", () => {
  const none = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };
  const seen: Partial<UseSeen>[] = [
    { report: report({ record: { functions: [], others: { ...none, done: 1 } } }) },
    { report: report({ schedulerId: "another" }) },
    { commandAtMs: 2 },
  ];
  for (const one of seen) {
    const { pass } = watching();
    pass(HOUR_S, { report: report({ record: { functions: [], others: none } }) });
    assert.equal(pass(60, one), 0, JSON.stringify(one));
  }
});

Deno.test("a scheduler that does not answer neither begins nor ends it", () => {
  const { pass } = watching();
  assert.equal(pass(HOUR_S, { report: null }), null);
  pass(60);
  assert.equal(pass(HOUR_S, { report: null }), HOUR_S);
});

/** A starter that is asked each minute, and what it has started. */
function starting({ changing = false, fails = false } = {}) {
  const clock = new FakeClock();
  const reasons: string[] = [];
  const now = { changing, fails };
  const shutDownIfIdle = shutdownStarter({
    clock,
    isChanging: () => Promise.resolve(now.changing),
    start({ reason, onlyIfIdle }) {
      assert.ok(onlyIfIdle);
      if (now.fails) return Promise.reject(new Error("no room"));
      reasons.push(reason);
      return Promise.resolve();
    },
  });
  const ask = (idleS: number | null, limitH: number | null) => {
    clock.advance(60_000);
    return shutDownIfIdle(idleCause(idleS, limitH));
  };
  return { reasons, ask, now };
}

Deno.test("a shutdown is started at the limit, once, with its reason", async () => {
  const { reasons, ask } = starting();
  for (const idleS of [0, HOUR_S, 2 * HOUR_S - 1]) await ask(idleS, 2);
  assert.deepEqual(reasons, []);
  for (const idleS of [7200, 7260, 7320]) assert.equal(await ask(idleS, 2), null);
  assert.deepEqual(reasons, ["idle for 2 h"]);
});

Deno.test("no shutdown is started without a limit, in use, or while a command changes the cluster", async () => {
  const { reasons, ask, now } = starting({ changing: true });
  await ask(1e6, null);
  await ask(null, 2);
  await ask(1e6, 2);
  assert.deepEqual(reasons, []);
  now.changing = false;
  await ask(7200, 2);
  assert.equal(reasons.length, 1);
});

Deno.test("a shutdown that ends no daemon is started again after minutes, and is a problem", async () => {
  const { reasons, ask } = starting();
  const problems = [];
  for (let minute = 0; minute < 7; minute++) problems.push(await ask(7200 + 60 * minute, 2));
  assert.equal(reasons.length, 2);
  assert.deepEqual(problems.map((problem) => problem !== null), [...Array(5).fill(false), true, true]);
  assert.equal(await ask(null, 2), null, "in use");
});

Deno.test("a shutdown that cannot be started is a problem until it can", async () => {
  const { reasons, ask, now } = starting({ fails: true });
  assert.match((await ask(7200, 2))!.message, /no room/);
  now.fails = false;
  let last = null;
  for (let minute = 1; minute < 7; minute++) last = await ask(7200 + 60 * minute, 2);
  assert.deepEqual([reasons.length, last], [1, null]);
});

Deno.test("a budget that is used up is a cause with on_budget shutdown, whatever runs, and with no other", () => {
  const reached = { reachedBudget: { setting: "budget_usd", usd: 10, day: null } } as const;
  const under = (onBudget: "drain" | "stop" | "shutdown") => ({
    moneyLimits: {
      ...{ maxHourlyUsd: null, stoppingCosts: true, schedulerUsd: 1, workerUsd: () => 1 },
      budget: { clusterUsd: 10, perDayUsd: null, onBudget },
    },
  });
  assert.equal(budgetCause(under("shutdown"), reached)?.onlyIfIdle, false);
  assert.equal(budgetCause(under("shutdown"), { reachedBudget: null }), null);
  for (const other of ["drain", "stop"] as const) assert.equal(budgetCause(under(other), reached), null);
  assert.equal(budgetCause({ moneyLimits: null }, reached), null);
});
