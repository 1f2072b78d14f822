/**
 * The plan's memory: what a tick hands to the next one. It makes plans better but is not what makes
 * them safe: a daemon that starts without it may wait longer, and launches or terminates nothing
 * wrongly. Times are milliseconds on the monotonic clock.
 * @module
 */

import type { Instance } from "../model/mod.ts";
import { type Offering, offeringKey } from "./offering.ts";
import { CAPACITY_MEMORY_S, LAUNCH_BACKOFF_MAX_S, QUOTA_REFUSALS } from "./rules.ts";

/** What the memory knows of one worker and its instance. */
export interface WorkerMemory {
  /** As last listed, or as the launch call returned it. */
  readonly instance: Instance;
  /** When it was launched, by the age that the platform reports. */
  readonly launchedMs: number;
  /** When this daemon first knew of it; an earlier listing does not show whether it exists. */
  readonly knownMs: number;
  /** True when this daemon made the launch call, and so has seen whether the worker ever joined. */
  readonly launchedHere: boolean;
  /** When it first registered with the scheduler, or null. */
  readonly joinedMs: number | null;
  /** When the scheduler last lost it, or null while it is registered. */
  readonly leftMs: number | null;
  /** When the scheduler last reported it, or null. */
  readonly seenMs: number | null;
  /** Since when it is idle, or null. */
  readonly idleSinceMs: number | null;
  /** Since when Dask has paused it while it executes nothing, or null. */
  readonly stuckSinceMs: number | null;
  /**
   * Tasks it had finished at the last report: a higher number later means that it was not idle in
   * between.
   */
  readonly completed: number;
  /** Since when it stays only for the results it holds, or null. */
  readonly keptSinceMs: number | null;
  /** When it was last terminated, or null. */
  readonly terminatedMs: number | null;
  /** Whether that call failed: it may not have arrived. */
  readonly terminateFailed: boolean;
  /** Arrival time of the first of the complete listings without it, or null. */
  readonly missingSinceMs: number | null;
  /** Reason of the last action on it: why it was launched, kept or terminated. */
  readonly reason: string | null;
}

/** An instance whose worker never joined. */
export interface FailedBoot {
  /** The instance's id. */
  readonly id: string;
  readonly pool: string;
  readonly name: string;
  readonly attemptId: string | null;
}

/** Failed launch calls of a pool. */
export interface LaunchFailures {
  /** How many failed in a row. */
  readonly count: number;
  /** The next call waits until then. */
  readonly notBeforeMs: number;
}

/** A budget that is used up; it stays so until it is set anew, or (`day`) until the day is over. */
export interface ReachedBudget {
  /** Its setting. */
  readonly setting: "budget_usd" | "budget_per_day_usd";
  /** As it was set. */
  readonly usd: number;
  readonly day: string | null;
}

/** What a tick hands to the next one. */
export interface Memory {
  /**
   * True once a listing was complete while this daemon held the lease. Until then there may be
   * instances that count against no limit, such as those that another daemon has launched.
   */
  readonly listedUnderLease: boolean;
  /** By instance id. */
  readonly workers: Readonly<Record<string, WorkerMemory>>;
  /** Instances that never joined, newest last; a worker that joins removes those of its pool. */
  readonly failedBoots: readonly FailedBoot[];
  /** By pool, for pools whose last call failed. */
  readonly failedLaunches: Readonly<Record<string, LaunchFailures>>;
  /**
   * By an open attempt's id: when its last call got no answer, or when this daemon found it open.
   */
  readonly lostAnswersMs: Readonly<Record<string, number>>;
  /** The scheduler process that answered last, and since when it is the same one. */
  readonly scheduler: { readonly id: string; readonly sinceMs: number } | null;
  /** Offering without capacity, as `type/zone/market` → when to try it again. */
  readonly noCapacityUntilMs: Readonly<Record<string, number>>;
  /** Seconds from launch to joining by {@linkcode bootKey}: a mean in which newer boots count more. */
  readonly bootS: Readonly<Record<string, number>>;
  /** The budget that is used up, or null. */
  readonly reachedBudget: ReachedBudget | null;
}

/** The memory of a daemon that has just started. */
export const EMPTY_MEMORY: Memory = {
  listedUnderLease: false,
  workers: {},
  failedBoots: [],
  failedLaunches: {},
  lostAnswersMs: {},
  scheduler: null,
  noCapacityUntilMs: {},
  bootS: {},
  reachedBudget: null,
};

/**
 * Clears failures after the user has changed something, so that the change takes effect at once.
 */
export function clearFailures(memory: Memory): Memory {
  return { ...memory, failedBoots: [], failedLaunches: {}, noCapacityUntilMs: {} };
}

/** The first memory of an instance. */
export function firstMemory(instance: Instance, nowMs: number, reason: string | null): WorkerMemory {
  return {
    instance,
    launchedMs: nowMs - instance.ageS * 1000,
    knownMs: nowMs,
    launchedHere: false,
    joinedMs: null,
    leftMs: null,
    seenMs: null,
    idleSinceMs: null,
    stuckSinceMs: null,
    completed: 0,
    keptSinceMs: null,
    terminatedMs: null,
    terminateFailed: false,
    missingSinceMs: null,
    reason,
  };
}

/** True while a launch waits, after a failure or for capacity. */
export function launchesWait({ failedLaunches, noCapacityUntilMs }: Memory, nowMs: number): boolean {
  return Object.values(failedLaunches).some(({ notBeforeMs }) => nowMs < notBeforeMs) ||
    Object.values(noCapacityUntilMs).some((untilMs) => nowMs < untilMs);
}

/**
 * Adds those of the workers that never joined, each once. Workers that another daemon launched may
 * have joined before this one started, so they do not count.
 */
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

/** When the pool's next launch call may be made. */
export function launchNotBeforeMs(memory: Memory, pool: string): number {
  return memory.failedLaunches[pool]?.notBeforeMs ?? -Infinity;
}

/** Why the last worker that holds a result stays. */
export const HOLDS_RESULTS = "holds results that a client wants";

/** Records that an instance stays only for the results it holds, and why these stay on it. */
export function rememberKept(memory: Memory, id: string, reason: string, nowMs: number): Memory {
  return changed(
    memory,
    [id],
    (worker) => ({ ...worker, keptSinceMs: worker.keptSinceMs ?? nowMs, reason }),
  );
}

/** Forgets instances that never ran, and that they counted as failed boots. */
export function withoutRefused(memory: Memory, ids: readonly string[]): Memory {
  const workers = Object.entries(memory.workers).filter(([id]) => !ids.includes(id));
  const failedBoots = memory.failedBoots.filter(({ id }) => !ids.includes(id));
  return { ...memory, workers: Object.fromEntries(workers), failedBoots };
}

/** Records why something was done with these instances. */
export function rememberReason(memory: Memory, ids: readonly string[], reason: string): Memory {
  return changed(memory, ids, (worker) => ({ ...worker, reason }));
}

/** Records that these instances were terminated, by a call that may have failed. */
export function rememberTerminated(
  memory: Memory,
  ids: readonly string[],
  reason: string,
  nowMs: number,
  terminateFailed = false,
): Memory {
  return changed(memory, ids, (worker) => ({ ...worker, terminatedMs: nowMs, terminateFailed, reason }));
}

/** Records that workers on these instances serve, though they may have been terminated. */
export function rememberServing(memory: Memory, ids: readonly string[]): Memory {
  return changed(memory, ids, (worker) => ({ ...worker, terminatedMs: null, terminateFailed: false }));
}

/** Records what a launch call for a pool returned. */
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
 * Records that a launch call for a pool failed: each failure in a row doubles the wait before the
 * pool's next call.
 *
 * @param fraction random, from 0 to 1: the wait is between half and all of the backoff, so that
 *   clusters of one account which are throttled at the same time do not retry at the same time
 */
export function rememberLaunchFailed(memory: Memory, pool: string, nowMs: number, fraction: number): Memory {
  const count = memory.failedLaunches[pool]?.count ?? 0;
  const waitS = Math.min(2 ** count, LAUNCH_BACKOFF_MAX_S) * (1 + fraction) / 2;
  const failures: LaunchFailures = { count: count + 1, notBeforeMs: nowMs + waitS * 1000 };
  return { ...memory, failedLaunches: { ...memory.failedLaunches, [pool]: failures } };
}

/** Records that a launch call got no answer: it may have launched, or still launch, instances. */
export function rememberLost(memory: Memory, attemptId: string, nowMs: number): Memory {
  return { ...memory, lostAnswersMs: { ...memory.lostAnswersMs, [attemptId]: nowMs } };
}

/**
 * Records that offerings have no capacity, or exceed the account's quota: the next tick tries
 * another one.
 */
export function rememberNoCapacity(memory: Memory, offerings: readonly Offering[], nowMs: number): Memory {
  const untilMs = nowMs + CAPACITY_MEMORY_S * 1000;
  const closed = Object.fromEntries(offerings.map((offering) => [offeringKey(offering), untilMs]));
  return { ...memory, noCapacityUntilMs: { ...memory.noCapacityUntilMs, ...closed } };
}

/**
 * Whether a quota's refusal may be for instances that are stopping, and passes when they are gone:
 * clouds count some of them longer than they cost.
 */
export function mayPass({ workers, failedLaunches }: Memory, pool: string): boolean {
  const isStopping = ({ terminatedMs, instance, missingSinceMs }: WorkerMemory) =>
    missingSinceMs === null && (terminatedMs !== null || instance.state === "stopping");
  return (failedLaunches[pool]?.count ?? 0) < QUOTA_REFUSALS && Object.values(workers).some(isStopping);
}

/** How much the newest boot counts. */
const BOOT_WEIGHT = 0.2;

/** A pool's workers of one machine type boot alike. */
export function bootKey(pool: string, type: string): string {
  return `${pool}/${type}`;
}

/** Records how long a worker took to join; of those that another daemon launched that is not known. */
export function withBoot(
  bootS: Memory["bootS"],
  { launchedHere, launchedMs, joinedMs, instance: { pool, type } }: WorkerMemory,
): Memory["bootS"] {
  if (!launchedHere || joinedMs === null) return bootS;
  const tookS = (joinedMs - launchedMs) / 1000;
  const key = bootKey(pool, type);
  const before = bootS[key] ?? tookS;
  return { ...bootS, [key]: before + BOOT_WEIGHT * (tookS - before) };
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
