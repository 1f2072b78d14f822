/** A worker's part of the status: what it does now, why it is there, and when it leaves. Pure. @module */

import type { Config } from "../config/config.ts";
import {
  type Attempt,
  type DaskWorker,
  type Instance,
  isOver,
  LAST_TASK_S,
  type Pool,
  type SchedulerReport,
  type WorkerState,
  type WorkerStatus,
} from "../model/mod.ts";
import { type Demand, demandOf } from "../plan/demand.ts";
import { isPaused } from "../plan/replace_paused.ts";
import { type IdleLimit, idleLimit } from "../plan/idle_limit.ts";
import type { Memory } from "../plan/memory.ts";
import type { Offering } from "../plan/offering.ts";
import { retiringIn, scaleDown } from "../plan/scale_down.ts";
import { isIdle, type Worker } from "../plan/worker.ts";
import type { ClusterPrices } from "../price/cluster_prices.ts";
import { count, durationText } from "../util/duration_text.ts";
import { inTime } from "./problems_of.ts";

/** US dollars for an hour of a pool's worker in its state; null where that is not known. */
export type PriceOf = (
  pool: string,
  worker: Offering & { readonly state?: Instance["state"] },
) => number | null;

/** What a pool's worker costs now: one that is over, its disk alone. */
export function pricesNow(
  prices: Pick<ClusterPrices, "worker" | "workerRate" | "billing"> | null,
): PriceOf {
  if (prices === null) return () => 0;
  return (pool, worker) =>
    worker.state !== undefined && isOver(worker.state, prices.billing)
      ? prices.workerRate(pool, worker).diskUsd
      : prices.worker(pool, worker);
}

/** What the workers' parts are made from. */
export interface WorkerInput {
  readonly workers: readonly Worker[];
  /** Null: the scheduler is unreachable. */
  readonly report: SchedulerReport | null;
  readonly pools: readonly Pool[];
  readonly config: Pick<Config, "maxIdleTimeS">;
  /** How long workers take to boot, as the memory has it. */
  readonly bootS: Memory["bootS"];
  /** Whether a daemon retires those that are idle. */
  readonly isWatched: boolean;
  readonly priceOf: PriceOf;
  /** Wall and monotonic clock at the same moment, milliseconds. */
  readonly now: { readonly wallMs: number; readonly monotonicMs: number };
}

/** Every worker's part. */
export function workerStatuses(input: WorkerInput): WorkerStatus[] {
  const { workers, report, pools, bootS } = input;
  const demand = report === null ? null : demandOf(report, pools, bootS);
  const fates = demand === null ? new Map<Worker, Fate>() : fatesOf(input, demand);
  return workers.map((worker) => workerStatus(worker, fates.get(worker) ?? null, demand, input));
}

/** What becomes of a worker without a task once it has been idle for long enough. */
interface Fate {
  /** Why it stays; null: it leaves. */
  readonly kept: string | null;
  /** Seconds without a task after which it leaves. */
  readonly idleLimitS: number;
  /** Seconds that a boot takes, which this is for; null: it is for another reason. */
  readonly bootS: number | null;
  /** Whether tasks that wait for others may want it, so that it stays for longer. */
  readonly mayBeWanted: boolean;
}

/** What the plan would do if all had been idle for long enough; those that it lets be have none. */
function fatesOf({ workers, pools, config, bootS, now }: WorkerInput, demand: Demand): Map<Worker, Fate> {
  const rules = { pools, holdResultsS: null };
  const retiring = (limit: IdleLimit) => {
    const { actions, kept } = scaleDown(workers, demand, rules, () => limit, now.monotonicMs);
    return { ids: retiringIn(actions), kept };
  };
  const [early, late] = [
    retiring({ plainS: 0, wantedS: Infinity, bootS: null }),
    retiring({ plainS: 0, wantedS: 0, bootS: null }),
  ];
  const leaves = ({ memory: { instance } }: Worker): Fate => {
    const { plainS, wantedS, bootS: tookS } = idleLimit(config, bootS, {
      name: instance.pool,
      type: instance.type,
    });
    return early.ids.has(instance.id)
      ? { kept: null, idleLimitS: plainS, bootS: tookS, mayBeWanted: false }
      : { kept: null, idleLimitS: wantedS, bootS: null, mayBeWanted: wantedS > plainS };
  };
  return new Map<Worker, Fate>([
    ...workers.filter(({ memory }) => late.ids.has(memory.instance.id)).map((worker) =>
      [worker, leaves(worker)] as const
    ),
    ...late.kept.map(({ worker, reason }) =>
      [worker, { kept: reason, idleLimitS: Infinity, bootS: null, mayBeWanted: false }] as const
    ),
  ]);
}

function workerStatus(
  worker: Worker,
  fate: Fate | null,
  demand: Demand | null,
  input: WorkerInput,
): WorkerStatus {
  const { memory, dask } = worker;
  const { instance } = memory;
  const { isWatched, now, priceOf } = input;
  const state = shownState(worker, input.report);
  const at = (monotonicMs: number) => iso(now.wallMs - (now.monotonicMs - monotonicMs));
  const isUp = state === "running" || state === "paused";
  const isRetiring = isWatched && isUp && fate?.kept === null && memory.idleSinceMs !== null;
  const idleS = isRetiring ? (now.monotonicMs - memory.idleSinceMs!) / 1000 : 0;
  return {
    name: instance.name,
    id: instance.id,
    pool: instance.pool,
    type: instance.type,
    accelerator: instance.accelerator,
    zone: instance.zone,
    market: instance.market,
    state,
    since: sinceOf(worker, state, at),
    seen_at: dask === undefined
      ? (memory.seenMs === null ? null : at(memory.seenMs))
      : at(now.monotonicMs - dask.lastSeenS * 1000),
    address: dask?.address ?? null,
    slots: dask?.nthreads ?? null,
    processing: dask?.processing ?? null,
    executing: dask?.executing ?? null,
    runs: dask?.runs ?? null,
    completed: dask?.completed ?? null,
    cpu_percent: dask?.cpuPercent ?? null,
    memory_bytes: dask?.memoryBytes ?? null,
    memory_limit_bytes: dask?.memoryLimitBytes ?? null,
    price_per_hour_usd: priceOf(instance.pool, instance),
    lifetime_left_s: dask?.lifetimeLeftS == null ? null : Math.round(dask.lifetimeLeftS),
    leaves_in_s: isRetiring ? Math.max(0, Math.round(fate.idleLimitS - idleS)) : null,
    boot_s: isRetiring && fate.bootS !== null ? Math.round(fate.bootS) : null,
    reason: reasonOf(worker, state, fate, demand),
  };
}

/**
 * The plan's state, but that the scheduler's silence tells nothing of a worker, and that Dask's
 * pause for lack of memory is told.
 */
function shownState(worker: Worker, report: SchedulerReport | null): WorkerState {
  const { state, memory } = worker;
  if (state === "stopping" || state === "failed") return state;
  if (report === null) return memory.instance.state === "pending" ? state : "unknown";
  return isPaused(worker) ? "paused" : state;
}

function sinceOf(
  { memory, dask }: Worker,
  state: WorkerState,
  at: (monotonicMs: number) => string | null,
): string | null {
  switch (state) {
    case "unknown":
      return memory.seenMs === null ? null : at(memory.seenMs);
    case "stopping":
      return at(memory.terminatedMs ?? memory.knownMs);
    case "running":
    case "paused":
      return at(memory.joinedMs ?? memory.knownMs);
    default:
      return at((dask === undefined ? memory.leftMs : null) ?? memory.launchedMs);
  }
}

/** Why it is there now, or what was done with it last. */
function reasonOf(
  { memory, dask }: Worker,
  state: WorkerState,
  fate: Fate | null,
  demand: Demand | null,
): string | null {
  if (state === "unknown") return "the scheduler does not answer";
  if (dask?.takenInS != null) return `the cloud reclaims it ${inTime(dask.takenInS)}`;
  if (dask?.lifetimeLeftS != null && dask.lifetimeLeftS <= LAST_TASK_S) return endsForAge(dask.lifetimeLeftS);
  if (dask === undefined || (state !== "running" && state !== "paused")) return memory.reason;
  if (!isIdle(dask)) return dask.keptReason ?? hasTasks(dask);
  if (fate === null) return dask.keptReason ?? wantedBy(memory.instance.pool, demand) ?? memory.reason;
  return fate.kept ?? (fate.mayBeWanted ? "tasks that wait may want it" : "it has no task");
}

/** From an hour before to its end. */
function endsForAge(leftS: number): string {
  return leftS > 0
    ? `max_worker_lifetime_h: no new tasks in ${durationText(leftS)}`
    : `max_worker_lifetime_h: powers off in ${durationText(Math.max(0, leftS + LAST_TASK_S))}`;
}

function hasTasks({ processing, executing }: DaskWorker): string {
  return `it has ${count(Math.max(processing, executing), "task")}`;
}

function wantedBy(pool: string, demand: Demand | null): string | null {
  const { target = 0, cause = null } = demand?.byPool[pool] ?? {};
  if (target === 0) return null;
  const wanted = count(target, "worker");
  if (cause === "min_workers") return `min_workers asks for ${wanted}`;
  return cause === "scale" ? `${wanted} requested` : `${wanted} wanted`;
}

/** The part of a worker whose launch call has not been answered yet. */
export function requestedStatus(name: string, attempt: Attempt, priceOf: PriceOf): WorkerStatus {
  return {
    name,
    id: null,
    pool: attempt.pool,
    type: attempt.type,
    accelerator: attempt.accelerator,
    zone: attempt.zone,
    market: attempt.market,
    state: "requested",
    since: iso(attempt.atMs),
    seen_at: null,
    address: null,
    slots: null,
    processing: null,
    executing: null,
    runs: null,
    completed: null,
    cpu_percent: null,
    memory_bytes: null,
    memory_limit_bytes: null,
    price_per_hour_usd: priceOf(attempt.pool, attempt),
    lifetime_left_s: null,
    leaves_in_s: null,
    boot_s: null,
    reason: null,
  };
}

/** Milliseconds from 1970 that a date can be, before or after. */
const FURTHEST_MS = 8.64e15;

/** A moment of the wall clock as the status tells it; 1970 for what is none. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(Math.abs(ms) <= FURTHEST_MS ? ms : 0).toISOString();
}
