/** How long a report and a plan take with a big cluster. @module */

import { EMPTY_MEMORY } from "../lib/plan/memory.ts";
import { plan } from "../lib/plan/plan.ts";
import { readMessage } from "../lib/protocol/read_message.ts";
import { instance, pool, rules, snapshot } from "../tests/support/fakes/builders.ts";
import { absoluteBound, type Figure, median } from "./_figure.ts";

const WORKERS = 1000;
const TASKS = 100_000;
const ROUNDS = 51;

const RULES = rules({ pools: [pool({ maxWorkers: 2 * WORKERS })], maxIdleTimeS: 300, goneAfterS: 30 });

/** Reading the scheduler's answer and planning, with 1,000 workers and 100,000 tasks. */
export function* decision(): Generator<Figure> {
  const answer = JSON.stringify(statusAnswer());
  const instances = Array.from(
    { length: WORKERS },
    (_, i) => instance(`worker-${i}`, { attemptId: `attempt-${i % 10}`, ageS: 100 }),
  );
  const times: number[] = [];
  let memory = EMPTY_MEMORY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    const scheduler = readMessage("statusAnswer", JSON.parse(answer));
    const seen = snapshot({ scheduler, listing: { instances, complete: true }, listedAtMs: round });
    const decided = plan({ rules: RULES, snapshot: seen, memory, nowMs: round });
    times.push(performance.now() - startedMs);
    memory = decided.memory;
    if (decided.actions.length === 0) throw new Error("the plan was to launch something");
  }
  const value = median(times);
  yield {
    what: "read and plan, 1,000 workers, 100,000 tasks",
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
