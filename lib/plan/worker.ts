/**
 * A worker as the plan sees it: what the memory knows, what the scheduler reports, and its state.
 * @module
 */

import {
  type CloudState,
  type DaskWorker,
  isOver,
  type Pool,
  type SchedulerReport,
  type StoppingTerms,
  type WorkerRef,
  type WorkerState,
} from "../model/mod.ts";
import type { Memory, WorkerMemory } from "./memory.ts";
import type { Rules } from "./rules.ts";

/** A worker as the plan sees it. */
export interface Worker {
  readonly memory: WorkerMemory;
  /** Undefined when it is not registered, or the scheduler is unreachable. */
  readonly dask: DaskWorker | undefined;
  readonly state: WorkerState;
}

/**
 * Every worker in the memory, as the report has updated it: of two with the same name the memory
 * knows which one is registered.
 */
export function workersOf(memory: Memory, report: SchedulerReport | null): Worker[] {
  const registered = new Map((report?.workers ?? []).map((dask) => [dask.name, dask]));
  return Object.values(memory.workers).map((worker) => {
    const isRegistered = worker.joinedMs !== null && worker.leftMs === null;
    const dask = isRegistered ? registered.get(worker.instance.name) : undefined;
    return { memory: worker, dask, state: workerState(worker, dask) };
  });
}

/**
 * The scheduler's view of a worker: not registered yet, registered, closing, or registered before.
 */
type Registration = "never" | "registered" | "closing" | "left";

/**
 * The platform's view × the scheduler's view. `failed`: it will never serve, terminate it. A worker
 * that `left` is booting again: it reconnects on its own after the scheduler was restarted.
 */
const STATES: Readonly<Record<CloudState, Readonly<Record<Registration, WorkerState>>>> = {
  pending: { never: "pending", registered: "running", closing: "draining", left: "booting" },
  running: { never: "booting", registered: "running", closing: "draining", left: "booting" },
  stopping: { never: "stopping", registered: "stopping", closing: "stopping", left: "stopping" },
  stopped: { never: "failed", registered: "failed", closing: "failed", left: "failed" },
};

/**
 * A worker's state.
 *
 * @param worker what the memory knows of it
 * @param dask what the scheduler reports of it; undefined when it is not registered, or the
 *   scheduler is unreachable
 */
export function workerState(worker: WorkerMemory, dask: DaskWorker | undefined): WorkerState {
  if (worker.terminatedMs !== null) return "stopping";
  return STATES[worker.instance.state][registrationOf(worker, dask)];
}

function registrationOf(worker: WorkerMemory, dask: DaskWorker | undefined): Registration {
  if (dask !== undefined) return dask.status.startsWith("clos") ? "closing" : "registered";
  if (worker.joinedMs === null) return "never";
  return worker.leftMs === null ? "registered" : "left";
}

/** True when it has no task. */
export function isIdle(dask: DaskWorker): boolean {
  return dask.processing === 0 && dask.executing === 0;
}

/**
 * True while it takes part in what is not finished, as in a shuffle: what it holds is not only
 * results.
 */
export function isInUse(dask: DaskWorker | undefined): boolean {
  return dask?.keptBy === "shuffle" || dask?.keptBy === "tasks";
}

/** True while it runs tasks or is about to. */
export function isServing({ state }: Worker): boolean {
  return state === "pending" || state === "booting" || state === "running";
}

/** True while a spot notice announces that the cloud reclaims its instance. */
export function isReclaimed({ dask }: Worker): boolean {
  return dask !== undefined && dask.takenInS !== null;
}

/** True when it takes no more tasks for its age. */
export function isTooOld({ dask }: Worker): boolean {
  return (dask?.lifetimeLeftS ?? 1) <= 0;
}

/**
 * True while tasks can count on it. Dask starts no task on a worker that it has paused for lack of
 * memory.
 */
export function isAble(worker: Worker): boolean {
  return isServing(worker) && worker.dask?.status !== "paused" && !isReclaimed(worker) && !isTooOld(worker);
}

/** True while its instance counts against limits. */
export function isCounted({ memory: { instance } }: Worker, terms: StoppingTerms): boolean {
  return !isOver(instance.state, terms);
}

/** Its name and its instance's id, as actions have them. */
export function refOf({ memory: { instance } }: Worker): WorkerRef {
  return { name: instance.name, id: instance.id };
}

/** The pool a worker counts for: its own, or the first one when its own is no longer configured. */
export function poolOf(worker: WorkerMemory, rules: Rules): Pool {
  return poolNamed(worker.instance.pool, rules);
}

/** The pool of this name, or the first one when it is no longer configured. */
export function poolNamed(poolName: string, rules: Rules): Pool {
  const pool = rules.pools.find(({ name }) => name === poolName) ?? rules.pools[0];
  if (pool === undefined) throw new TypeError("a plan needs at least one pool");
  return pool;
}

const XCORE_NAME = /^worker-\d+$/;

/** Whether xcore names workers like this; a `dask worker` started by hand has another name. */
export function isNamedByXcore(name: string): boolean {
  return XCORE_NAME.test(name);
}

/** `worker-0`, `worker-1`, …: the lowest numbers that are not taken. */
export function freeNames(taken: ReadonlySet<string>, count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    if (!taken.has(`worker-${i}`)) names.push(`worker-${i}`);
  }
  return names;
}
