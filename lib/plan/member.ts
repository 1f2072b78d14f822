/** A worker as the plan sees it: what is remembered, what the scheduler says, and what that makes of it. @module */

import type { DaskWorker, Pool, SchedulerReport, WorkerRef, WorkerState } from "../model/mod.ts";
import type { Memory, WorkerMemory } from "./memory.ts";
import { phaseOf } from "./phase.ts";
import type { Rules } from "./rules.ts";

/** A worker as the plan sees it. */
export interface Member {
  readonly worker: WorkerMemory;
  /** Undefined when it is not registered, or the scheduler is deaf. */
  readonly dask: DaskWorker | undefined;
  readonly phase: WorkerState;
}

/** Every known worker. */
export function membersOf(memory: Memory, report: SchedulerReport | null): Member[] {
  const registered = new Map((report?.workers ?? []).map((dask) => [dask.name, dask]));
  return Object.values(memory.workers).map((worker) => {
    const dask = registered.get(worker.instance.name);
    return { worker, dask, phase: phaseOf(worker, dask) };
  });
}

/** True when the scheduler has given it nothing to do. */
export function isIdle(dask: DaskWorker): boolean {
  return dask.processing === 0 && dask.executing === 0;
}

/** True while it serves tasks or is on its way to. */
export function isServing({ phase }: Member): boolean {
  return phase === "pending" || phase === "booting" || phase === "running";
}

/** True while its cloud is about to take its machine away. */
export function isBeingTaken({ dask }: Member): boolean {
  return dask !== undefined && dask.takenInS !== null;
}

/** True while tasks can count on it: one that Dask has paused, for want of memory, starts none. */
export function isAble(member: Member): boolean {
  return isServing(member) && member.dask?.status !== "paused" && !isBeingTaken(member);
}

/** How actions name it. */
export function refOf({ worker }: Member): WorkerRef {
  return { name: worker.instance.name, id: worker.instance.id };
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
