/** What is wrong with a cluster whose daemon does not run here, or does not answer. @module */

import { ConflictError, NotRunningError, XcoreError } from "../errors.ts";
import type { SchedulerReport } from "../model/mod.ts";
import { inTime } from "./in_time.ts";

/** What is known of a daemon that does not run, or does not answer. */
export interface Unwatched {
  /** The process that has the daemon's place all the same; 0 when it has not said which; null when nobody has. */
  readonly pid: number | null;
  /** Who would look after the cluster from this home on this machine. */
  readonly daemonId: string;
  /** What the scheduler says; null when it does not answer. */
  readonly report: Pick<SchedulerReport, "lease" | "workers"> | null;
  /** Why whoever shall keep the daemon running does not, or null. */
  readonly failure: string | null;
}

/** The failure, by the part of the daemon that it is of. */
export function unwatched({ pid, daemonId, report, failure }: Unwatched): Record<string, XcoreError> {
  if (pid !== null) {
    return {
      daemon: new XcoreError(
        `The daemon${pid === 0 ? "" : ` (process ${pid})`} does not answer: ${consequences(report)}`,
        "It may be starting; otherwise run `xcore daemon stop`, then `xcore daemon start`.",
      ),
    };
  }
  const holder = report?.lease.holder ?? null;
  if (failure === null && holder !== null && holder !== daemonId) {
    return {
      lease: new ConflictError(
        `The daemon does not run here: ${holder} looks after the cluster`,
        "Use xcore there; to move the cluster here, stop that daemon first with `xcore daemon stop`.",
      ),
    };
  }
  return {
    daemon: new NotRunningError(
      `The daemon is not running: ${failure ?? consequences(report)}`,
      failure === null
        ? "Start it with `xcore daemon start`."
        : "`xcore daemon log` says why; start it again with `xcore daemon start`.",
    ),
  };
}

/** A lease that is held still is its last one, which lapses within seconds. */
function consequences(report: Unwatched["report"]): string {
  const workersEnd = report?.workers.length ? report.lease.workersEndInS : null;
  const schedulerEnds = report?.lease.schedulerEndsInS ?? null;
  return [
    "nothing is launched",
    ...(workersEnd === null ? [] : [`idle workers end ${inTime(workersEnd)}`]),
    ...(schedulerEnds === null ? [] : [`the scheduler ends ${inTime(schedulerEnds)}`]),
  ].join(", ");
}
