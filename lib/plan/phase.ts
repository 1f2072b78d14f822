/** What state a worker is in, from what its provider and its scheduler say. @module */

import type { CloudState, DaskWorker, WorkerState } from "../model/mod.ts";
import type { WorkerMemory } from "./memory.ts";

/** The scheduler's side: never seen there, registered, on its way out, or registered once and no more. */
type Attendance = "never" | "registered" | "closing" | "left";

/**
 * The provider's side × the scheduler's side. `failed`: it will not come to anything, end it. A `left` worker is booting
 * again: a worker whose scheduler blinked comes back by itself.
 */
const PHASES: Readonly<Record<CloudState, Readonly<Record<Attendance, WorkerState>>>> = {
  pending: { never: "pending", registered: "running", closing: "draining", left: "booting" },
  running: { never: "booting", registered: "running", closing: "draining", left: "booting" },
  stopping: { never: "stopping", registered: "stopping", closing: "stopping", left: "stopping" },
  stopped: { never: "failed", registered: "failed", closing: "failed", left: "failed" },
};

/**
 * A worker's state.
 *
 * @param worker what is remembered of it
 * @param dask what the scheduler says of it, undefined when it is not registered or the scheduler is deaf
 */
export function phaseOf(worker: WorkerMemory, dask: DaskWorker | undefined): WorkerState {
  if (worker.terminatedMs !== null) return "stopping";
  return PHASES[worker.instance.state][attendanceOf(worker, dask)];
}

function attendanceOf(worker: WorkerMemory, dask: DaskWorker | undefined): Attendance {
  if (dask !== undefined) return dask.status.startsWith("clos") ? "closing" : "registered";
  if (worker.joinedMs === null) return "never";
  return worker.leftMs === null ? "registered" : "left";
}
