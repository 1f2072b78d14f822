/** `xcore scale`: asks the scheduler for workers, whatever tasks there are. @module */

import type { Config } from "../config/config.ts";
import { daemonPresence } from "../daemon/presence.ts";
import { UsageError } from "../errors.ts";
import { SCHEMAS } from "../protocol/messages.ts";
import { durationText } from "../util/duration_text.ts";
import { nearest } from "../util/nearest.ts";
import { openCluster, type Scope, withScheduler } from "./cluster.ts";

const { workers: WORKERS, pool: POOL, for_s: FOR_S } = SCHEMAS.scaleRequest.properties!;

/** The most workers that can be asked for. */
const MOST_WORKERS = WORKERS!.maximum!;

/** The pool that is meant when none is named: that of the settings outside `pools:`. */
const DEFAULT_POOL = String(POOL!.default);

/** Seconds that a request lives when nothing is said. */
export const REQUEST_S = Number(FOR_S!.default);

/** The longest that a request may live, in seconds. */
export const LONGEST_REQUEST_S = FOR_S!.maximum!;

/** What is asked for, beside the number of workers. */
export interface ScaleOptions {
  /** Name of a pool under `pools:`; the pool `default` when not given. */
  readonly pool?: string;
  /** Seconds after which the request ends by itself, 1 to 604800 (7 days); 1800 when not given. */
  readonly forS?: number;
}

/** A request for workers that the scheduler has taken. */
export interface Scaled {
  /** The pool's name. */
  readonly pool: string;
  /** Workers that are asked for now; 0: none. */
  readonly workers: number;
  /** Seconds that the request lives from now; 0 for none. */
  readonly forS: number;
  /** The pool's max_workers: no more than these are launched. */
  readonly maxWorkers: number;
  /** Workers of the request that was in force before; 0: there was none. */
  readonly replaced: number;
  /** False: nothing launches workers. */
  readonly daemonRuns: boolean;
}

/**
 * Asks for a number of workers of a pool, in place of what was asked for it before; 0 takes that
 * back. They start up to the pool's max_workers, and do not leave as idle while the request lives.
 * Does not wait for them.
 *
 * @throws {UsageError} not a number of workers, no such pool, or no such time
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {SchedulerError} the scheduler does not answer, or is of an older xcore
 */
export async function scale(
  scope: Scope,
  workers: number,
  { pool = DEFAULT_POOL, forS = REQUEST_S }: ScaleOptions = {},
): Promise<Scaled> {
  if (!Number.isInteger(workers) || workers < 0 || workers > MOST_WORKERS) {
    throw notWorkers(String(workers));
  }
  if (!(forS >= 1 && forS <= LONGEST_REQUEST_S)) {
    throw new UsageError(
      `Cannot ask for workers for ${durationText(forS)}: a request lives from 1 s to 7 days`,
      forS > LONGEST_REQUEST_S
        ? "For workers that always stay: `xcore config set min_workers N`."
        : "Give a time such as 30m; `xcore scale 0` takes a request back.",
    );
  }
  const cluster = await openCluster(scope);
  const maxWorkers = maxWorkersOf(cluster.config, pool);
  return await withScheduler(cluster, "ask for workers", async (scheduler) => {
    const { replaced } = await scheduler.scale({ workers, pool, forS });
    const daemonRuns = await daemonPresence(scope.runtime, scope.home) !== null;
    return { pool, workers, forS: workers === 0 ? 0 : forS, maxWorkers, replaced, daemonRuns };
  });
}

/** The error for what is no number of workers. */
export function notWorkers(found: string): UsageError {
  return new UsageError(
    `Cannot ask for ${found} workers: not a number of workers`,
    `Give a whole number from 0 to ${MOST_WORKERS}, such as 4.`,
  );
}

function maxWorkersOf({ maxWorkers, pools }: Config, name: string): number {
  if (name === DEFAULT_POOL) return maxWorkers;
  const pool = pools.find((each) => each.name === name);
  if (pool !== undefined) return pool.maxWorkers;
  const names = [DEFAULT_POOL, ...pools.map((each) => each.name)];
  const near = nearest(name, names);
  throw new UsageError(
    `Cannot ask for workers of pool ${JSON.stringify(name)}: there is no such pool`,
    `${near === null ? "" : `Did you mean ${near}? `}${
      names.length === 1 ? `There is ${DEFAULT_POOL} only.` : `There are: ${names.join(", ")}.`
    }`,
  );
}
