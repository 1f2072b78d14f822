/** What is wrong with a cluster whose daemon does not run here. @module */

import { ConflictError, NotRunningError, type XcoreError } from "../errors.ts";
import type { LeaseInfo } from "../model/mod.ts";

/** What is known of a daemon that does not run. */
export interface Unwatched {
  /** Who would look after the cluster from this home on this machine. */
  readonly daemonId: string;
  /** What the scheduler says; null when it does not answer. */
  readonly lease: LeaseInfo | null;
  /** Why whoever shall keep the daemon running does not, or null. */
  readonly failure: string | null;
}

/** The failure, by the part of the daemon that it is of. */
export function unwatched({ daemonId, lease, failure }: Unwatched): Record<string, XcoreError> {
  const holder = lease?.holder ?? null;
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
      `The daemon is not running: ${failure ?? consequences(lease)}`,
      failure === null
        ? "Start it with `xcore daemon start`."
        : "`xcore daemon log` says why; start it again with `xcore daemon start`.",
    ),
  };
}

/** A lease that is held still is its last one, which lapses within seconds. */
function consequences(lease: LeaseInfo | null): string {
  const workersEnd = lease?.workersEndInS ?? null;
  const schedulerEnds = lease?.schedulerEndsInS ?? null;
  return [
    "nothing is launched",
    ...(workersEnd === null ? [] : [`idle workers end ${inTime(workersEnd)}`]),
    ...(schedulerEnds === null ? [] : [`the scheduler ends ${inTime(schedulerEnds)}`]),
  ].join(", ");
}

const SECONDS_PER_HOUR = 3600;

function inTime(seconds: number): string {
  if (seconds === 0) return "now";
  return seconds < 2 * SECONDS_PER_HOUR
    ? `in ${Math.ceil(seconds)} s`
    : `in ${Math.floor(seconds / SECONDS_PER_HOUR)} h`;
}
