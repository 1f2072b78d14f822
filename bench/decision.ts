/** How long a report, a plan and a tick take with a big cluster, and what the preload takes there. @module */

import { cpuUsage } from "node:process";
import { EMPTY_MEMORY } from "../lib/plan/memory.ts";
import { plan } from "../lib/plan/plan.ts";
import { DEFAULT_TERMS } from "../lib/protocol/messages.ts";
import { readMessage } from "../lib/protocol/read_message.ts";
import { pollIntervalMs, tick } from "../lib/reconcile/tick.ts";
import { FIRST_STATE } from "../lib/reconcile/tick_state.ts";
import { systemRuntime } from "../lib/system_runtime.ts";
import { instance, pool, rules, snapshot } from "../tests/support/fakes/builders.ts";
import { FakeCloud, FakeProvider } from "../tests/support/fakes/fake_provider.ts";
import { FakeScheduler } from "../tests/support/fakes/fake_scheduler.ts";
import { MemoryHistory } from "../tests/support/fakes/memory_history.ts";
import { output } from "./_bench_cluster.ts";
import { absoluteBound, type Figure, median } from "./_figure.ts";

const WORKERS = 1000;
const TASKS = 100_000;
const ROUNDS = 51;
const TICKS = 300;
/** The first ticks are slower: V8 compiles what they run. */
const WARM_UP = 20;
/** Seconds between two turns of what the preload does by itself. */
const BEAT_S = 0.5;
/** `poll_interval_s`. */
const POLL_S = 1;
/** Percent. */
const MOST_OF_LOOP = 1;

const RULES = rules({ pools: [pool({ maxWorkers: 2 * WORKERS })], maxIdleTimeS: 300, goneAfterS: 30 });

/** With 1,000 workers and 100,000 tasks. */
export async function* decision(_xcore: string, python: string): AsyncGenerator<Figure> {
  yield readAndPlan();
  yield await wholeTick();
  yield await preload(python);
}

/** Of a processor, which no other program's load touches. */
function processorMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** A tick on a steady cluster: the scheduler's answer is read, the provider lists each time. */
async function wholeTick(): Promise<Figure> {
  const { clock, random } = systemRuntime(null);
  const answer = JSON.stringify(statusAnswer());
  const cloud = new FakeCloud(clock);
  const provider = new FakeProvider(cloud);
  cloud.put(
    provider.clusterId,
    Array.from({ length: WORKERS }, (_, i) => instance(`worker-${i}`, { ageS: 100 })),
  );
  const scheduler = new FakeScheduler();
  const deps = {
    ...{ provider, scheduler, clock, random, log: { info() {}, warn: console.error } },
    ...{ history: new MemoryHistory(), daemonId: "bench", leaseTerms: DEFAULT_TERMS },
    rules: rules({ pools: [pool({ maxWorkers: WORKERS })], maxIdleTimeS: 300, goneAfterS: 30 }),
    ...{ prices: null, spent: () => Promise.resolve(null) },
  };
  const times: number[] = [];
  let state = FIRST_STATE;
  for (let round = 0; round < WARM_UP + TICKS; round++) {
    const startedMs = processorMs();
    scheduler.says = readMessage("statusAnswer", JSON.parse(answer));
    state = await tick(deps, state);
    if (round >= WARM_UP) times.push(processorMs() - startedMs);
  }
  if (Object.keys(state.memory.workers).length !== WORKERS) {
    throw new Error("the tick has not seen all workers");
  }
  const value = times.toSorted((a, b) => a - b)[Math.floor(TICKS * 0.99)]!;
  return {
    what: "tick, 1,000 workers, 100,000 tasks: p99, processor",
    ...{ value, unit: "ms", beside: { what: "its median", value: median(times) } },
    bound: absoluteBound(value, 50, "ms"),
  };
}

/** The share of the scheduler's time that the preload takes when it is asked as often as a daemon asks. */
async function preload(python: string): Promise<Figure> {
  const script = new URL("preload_load.py", import.meta.url).pathname;
  const { status_s: answerS, beat_s: beatS } = JSON.parse(
    await output(python, [script, String(WORKERS), String(TASKS)]),
  );
  const everyS = pollIntervalMs(POLL_S, WORKERS) / 1000;
  const value = 100 * (answerS / everyS + beatS / BEAT_S);
  return {
    what: "preload, the same: of the scheduler's loop",
    ...{
      value,
      unit: "%",
      beside: { what: "its answer to the daemon alone", value: 100 * answerS / everyS },
    },
    bound: absoluteBound(value, MOST_OF_LOOP, "%"),
  };
}

/** Reading the scheduler's answer and planning. */
function readAndPlan(): Figure {
  const answer = JSON.stringify(statusAnswer());
  const instances = Array.from(
    { length: WORKERS },
    (_, i) => instance(`worker-${i}`, { attemptId: `attempt-${i % 10}`, ageS: 100 }),
  );
  const times: number[] = [];
  let memory = EMPTY_MEMORY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = processorMs();
    const scheduler = readMessage("statusAnswer", JSON.parse(answer));
    const seen = snapshot({ scheduler, listing: { instances, complete: true }, listedAtMs: round });
    const decided = plan({ rules: RULES, snapshot: seen, memory, nowMs: round });
    times.push(processorMs() - startedMs);
    memory = decided.memory;
    if (decided.actions.length === 0) throw new Error("the plan was to launch something");
  }
  const value = median(times);
  return {
    what: "read and plan, the same: processor",
    value,
    unit: "ms",
    beside: null,
    bound: absoluteBound(value, 20, "ms"),
  };
}

function statusAnswer() {
  return {
    protocol: 1,
    preload: "0.1.0",
    cluster_id: "bench-00000000",
    scheduler_id: "Scheduler-1",
    started_at: "2026-01-01T00:00:00Z",
    versions: { python: "3.11.7", distributed: "2026.8.0" },
    tasks: {
      released: 0,
      waiting: 0,
      queued: TASKS - WORKERS,
      no_worker: 0,
      processing: WORKERS,
      memory: 0,
      erred: 0,
    },
    runnable: [{ resources: {}, count: TASKS }],
    stranded: [],
    pending_scatters: 0,
    clients: ["Client-1"],
    mismatches: [],
    workers: Array.from({ length: WORKERS }, (_, i) => ({
      name: `worker-${i}`,
      address: `tls://10.0.${i >> 8}.${i & 255}:40000`,
      status: "running",
      nthreads: 1,
      processing: 1,
      executing: 1,
      completed: 3,
      memory_bytes: 200_000_000,
      cpu_percent: 99.5,
      resources: {},
      last_seen_s: 0.3,
      holds_results: i % 2 === 0,
      held_bytes: 1000,
    })),
    lease: {
      holder: "host:/home",
      expires_at: "2026-01-01T00:00:30Z",
      expires_in_s: 25,
      workers_end_in_s: null,
    },
  };
}
