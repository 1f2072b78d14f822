/**
 * What a tick hands to the next one. It makes decisions better, never safe: a daemon that starts without it may wait a
 * little longer, and launches or ends nothing wrongly. All times are milliseconds on the monotonic clock.
 * @module
 */

import type { Instance } from "../model/mod.ts";
import { type Offer, offerKey } from "./offers.ts";
import { CAPACITY_MEMORY_S, LAUNCH_BACKOFF_MAX_S } from "./rules.ts";

/** What is remembered of one instance. */
export interface WorkerMemory {
  /** As last listed, or as accepted by the launch call. */
  readonly instance: Instance;
  /** When it was launched, as well as that is known. */
  readonly launchedMs: number;
  /** When this daemon first knew of it; a listing from before says nothing about it. */
  readonly knownMs: number;
  /** True when this daemon made the launch call, and so knows whether the instance has ever joined. */
  readonly launchedHere: boolean;
  /** When it first registered with the scheduler, or null. */
  readonly joinedMs: number | null;
  /** When it was last registered no more, or null. */
  readonly leftMs: number | null;
  /** Since when it has had no task, or null. */
  readonly idleSinceMs: number | null;
  /** Tasks it had finished when last seen: a change means that it was not idle in between. */
  readonly completed: number;
  /** Since when only the results it holds keep it, or null. */
  readonly keptSinceMs: number | null;
  /** When it was last told to end, or null. */
  readonly terminatedMs: number | null;
  /** When the first of the complete listings that lack it was there, or null. */
  readonly missingSinceMs: number | null;
  /** Why it was launched, kept or ended: the last thing that was decided about it. */
  readonly reason: string | null;
}

/** An instance that never joined. */
export interface FailedBoot {
  /** The instance's id. */
  readonly id: string;
  readonly pool: string;
  readonly name: string;
  readonly attemptId: string | null;
}

/** How the launches for a pool go. */
export interface LaunchFailures {
  /** Calls in a row that failed. */
  readonly count: number;
  /** No call before this. */
  readonly notBeforeMs: number;
}

/** What a tick hands to the next one. */
export interface Memory {
  /**
   * True once a listing was complete since this daemon has had the lease: before that there may be instances that nobody
   * counts, those among them that another daemon has launched.
   */
  readonly surveyed: boolean;
  /** By instance id. */
  readonly workers: Readonly<Record<string, WorkerMemory>>;
  /** Instances that never joined, newest last; one of a pool that does join takes away its pool's. */
  readonly failedBoots: readonly FailedBoot[];
  /** By pool; a pool whose last call did not fail is not in it. */
  readonly failedLaunches: Readonly<Record<string, LaunchFailures>>;
  /** By the id of an attempt that is open: when a call with it last had no answer, or it was found so. */
  readonly lostAnswersMs: Readonly<Record<string, number>>;
  /** The scheduler that was heard last, and since when it is that one. */
  readonly scheduler: { readonly id: string; readonly sinceMs: number } | null;
  /** `type/zone/market` → when it may be tried again. */
  readonly noCapacityUntilMs: Readonly<Record<string, number>>;
}

/** What a daemon knows when it starts. */
export const EMPTY_MEMORY: Memory = {
  surveyed: false,
  workers: {},
  failedBoots: [],
  failedLaunches: {},
  lostAnswersMs: {},
  scheduler: null,
  noCapacityUntilMs: {},
};

/** The memory after a person changed something: failures are forgiven, so that the change is tried at once. */
export function forgiveFailures(memory: Memory): Memory {
  return { ...memory, failedBoots: [], failedLaunches: {}, noCapacityUntilMs: {} };
}

/** A first memory of an instance. */
export function firstMemory(instance: Instance, nowMs: number, reason: string | null): WorkerMemory {
  return {
    instance,
    launchedMs: nowMs - instance.ageS * 1000,
    knownMs: nowMs,
    launchedHere: false,
    joinedMs: null,
    leftMs: null,
    idleSinceMs: null,
    completed: 0,
    keptSinceMs: null,
    terminatedMs: null,
    missingSinceMs: null,
    reason,
  };
}

/** True while launches wait, after a failure or for want of capacity. */
export function launchesWait({ failedLaunches, noCapacityUntilMs }: Memory, nowMs: number): boolean {
  return Object.values(failedLaunches).some(({ notBeforeMs }) => nowMs < notBeforeMs) ||
    Object.values(noCapacityUntilMs).some((untilMs) => nowMs < untilMs);
}

/** Puts on record which of these never joined, each once; those of another daemon may have, before this one looked. */
export function withFailedBoots(
  failedBoots: readonly FailedBoot[],
  workers: readonly WorkerMemory[],
): readonly FailedBoot[] {
  const failed = workers.filter(({ launchedHere, joinedMs, instance }) =>
    launchedHere && joinedMs === null && !failedBoots.some(({ id }) => id === instance.id)
  );
  return [
    ...failedBoots,
    ...failed.map(({ instance: { id, pool, name, attemptId } }) => ({ id, pool, name, attemptId })),
  ];
}

/** No launch call for the pool before this. */
export function launchNotBeforeMs(memory: Memory, pool: string): number {
  return memory.failedLaunches[pool]?.notBeforeMs ?? -Infinity;
}

/** Notes that these instances stay only for the results they hold. */
export function rememberKept(memory: Memory, ids: readonly string[], nowMs: number): Memory {
  const reason = "holds results that a client wants";
  return changed(memory, ids, (worker) => ({ ...worker, keptSinceMs: worker.keptSinceMs ?? nowMs, reason }));
}

/** Notes that these instances were told to end. */
export function rememberTerminated(
  memory: Memory,
  ids: readonly string[],
  reason: string,
  nowMs: number,
): Memory {
  return changed(memory, ids, (worker) => ({ ...worker, terminatedMs: nowMs, reason }));
}

/** Notes what a launch call for a pool got. */
export function rememberLaunched(
  memory: Memory,
  pool: string,
  instances: readonly Instance[],
  reason: string,
  nowMs: number,
): Memory {
  const launched = instances.map((instance) => [
    instance.id,
    { ...(memory.workers[instance.id] ?? firstMemory(instance, nowMs, reason)), reason, launchedHere: true },
  ]);
  const workers = { ...memory.workers, ...Object.fromEntries(launched) };
  const { [pool]: _, ...failedLaunches } = memory.failedLaunches;
  return { ...memory, workers, failedLaunches };
}

/**
 * Notes that a launch call for a pool failed: each one in a row doubles the wait before the pool's next.
 *
 * @param fraction drawn from 0 to 1: between half the wait and all of it, so that the clusters of an account which are
 *   throttled together do not come back together
 */
export function rememberLaunchFailed(memory: Memory, pool: string, nowMs: number, fraction: number): Memory {
  const count = memory.failedLaunches[pool]?.count ?? 0;
  const waitS = Math.min(2 ** count, LAUNCH_BACKOFF_MAX_S) * (1 + fraction) / 2;
  const failures: LaunchFailures = { count: count + 1, notBeforeMs: nowMs + waitS * 1000 };
  return { ...memory, failedLaunches: { ...memory.failedLaunches, [pool]: failures } };
}

/** Notes that a launch call had no answer: it may have been carried out, or be so yet. */
export function rememberLost(memory: Memory, attemptId: string, nowMs: number): Memory {
  return { ...memory, lostAnswersMs: { ...memory.lostAnswersMs, [attemptId]: nowMs } };
}

/** Notes that offers are out of capacity, for all or by this account's quota: another one is tried at the next tick. */
export function rememberNoCapacity(memory: Memory, offers: readonly Offer[], nowMs: number): Memory {
  const untilMs = nowMs + CAPACITY_MEMORY_S * 1000;
  const closed = Object.fromEntries(offers.map((offer) => [offerKey(offer), untilMs]));
  return { ...memory, noCapacityUntilMs: { ...memory.noCapacityUntilMs, ...closed } };
}

function changed(
  memory: Memory,
  ids: readonly string[],
  change: (worker: WorkerMemory) => WorkerMemory,
): Memory {
  const workers = { ...memory.workers };
  for (const id of ids) {
    const worker = workers[id];
    if (worker !== undefined) workers[id] = change(worker);
  }
  return { ...memory, workers };
}
