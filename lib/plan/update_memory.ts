/**
 * Updates the memory from a snapshot: which workers exist, joined, left, are idle, or never joined.
 * @module
 */

import type { DaskWorker, Instance, Snapshot } from "../model/mod.ts";
import { firstMemory, type Memory, withBoot, withFailedBoots, type WorkerMemory } from "./memory.ts";
import { isIdle, isInUse } from "./worker.ts";

/**
 * The memory after a snapshot.
 *
 * @param goneAfterS seconds that an instance must be missing from complete listings before it
 *   counts as gone
 */
export function updateMemory(memory: Memory, snapshot: Snapshot, nowMs: number, goneAfterS: number): Memory {
  const listed = new Map((snapshot.listing?.instances ?? []).map((instance) => [instance.id, instance]));
  const registered = new Map((snapshot.scheduler?.workers ?? []).map((worker) => [worker.name, worker]));
  const known: Record<string, WorkerMemory> = { ...memory.workers };
  for (const instance of [...listed.values(), ...snapshot.launchedBefore]) {
    known[instance.id] ??= firstMemory(instance, nowMs, null);
  }

  const owners = ownersOf(known, listed);
  const workers: Record<string, WorkerMemory> = {};
  const gone: WorkerMemory[] = [];
  const joinedPools = new Set<string>();
  let { bootS } = memory;
  for (const [id, before] of Object.entries(known)) {
    const seen = withListing(before, listed.get(id), snapshot, nowMs);
    if (isGone(seen, goneAfterS, snapshot)) {
      if (before.terminatedMs === null) gone.push(before);
      continue;
    }
    const after = snapshot.scheduler === null ? seen : withRegistration(
      seen,
      owners.get(seen.instance.name) === id ? registered.get(seen.instance.name) : undefined,
      nowMs,
    );
    if (before.joinedMs === null && after.joinedMs !== null) {
      joinedPools.add(after.instance.pool);
      bootS = withBoot(bootS, after);
    }
    workers[id] = after;
  }
  return {
    ...memory,
    lostAnswersMs: lostAnswers(memory, snapshot, nowMs),
    scheduler: schedulerOf(memory, snapshot, nowMs),
    listedUnderLease: memory.listedUnderLease || (snapshot.leaseHeld && snapshot.listing?.complete === true),
    workers,
    bootS,
    failedBoots: withFailedBoots(memory.failedBoots, gone).filter(({ pool }) => !joinedPools.has(pool)),
  };
}

/**
 * The instance that each name belongs to: a name is used again once its instance is gone, and a
 * daemon that starts may find the earlier one in the history before a listing shows that.
 */
function ownersOf(
  known: Readonly<Record<string, WorkerMemory>>,
  listed: ReadonlyMap<string, Instance>,
): Map<string, string> {
  const newestLast = Object.entries(known).toSorted(([one, a], [other, b]) =>
    Number(listed.has(one)) - Number(listed.has(other)) || a.launchedMs - b.launchedMs
  );
  return new Map(newestLast.map(([id, { instance }]) => [instance.name, id]));
}

function lostAnswers(
  { lostAnswersMs }: Memory,
  { openAttempts }: Snapshot,
  nowMs: number,
): Memory["lostAnswersMs"] {
  return Object.fromEntries(openAttempts.map(({ id }) => [id, lostAnswersMs[id] ?? nowMs]));
}

function schedulerOf({ scheduler }: Memory, snapshot: Snapshot, nowMs: number): Memory["scheduler"] {
  if (snapshot.scheduler === null) return scheduler;
  const id = snapshot.scheduler.schedulerId;
  return scheduler?.id === id ? scheduler : { id, sinceMs: nowMs };
}

/**
 * A listing that was asked for before this daemon knew the instance does not show that it is
 * missing.
 */
function withListing(
  worker: WorkerMemory,
  listed: Instance | undefined,
  snapshot: Snapshot,
  nowMs: number,
): WorkerMemory {
  if (listed !== undefined) return { ...worker, instance: listed, missingSinceMs: null };
  const isMissing = snapshot.listing?.complete === true && snapshot.listedAtMs > worker.knownMs;
  return isMissing && worker.missingSinceMs === null ? { ...worker, missingSinceMs: nowMs } : worker;
}

function isGone(worker: WorkerMemory, goneAfterS: number, snapshot: Snapshot): boolean {
  if (worker.missingSinceMs === null || snapshot.listing?.complete !== true) return false;
  return isProvenGone(worker.missingSinceMs, snapshot.listedAtMs, goneAfterS);
}

/**
 * Whether listings without an instance prove that it is gone: a cloud may list an instance some
 * time after its launch.
 *
 * @param sinceMs arrival time of the first listing without it; a slow answer may be stale
 * @param askedAtMs when the newest listing without it was asked for
 * @param goneAfterS see {@linkcode import("../platform/provider.ts").Pace}; 0: one listing is
 *   enough
 */
export function isProvenGone(sinceMs: number, askedAtMs: number, goneAfterS: number): boolean {
  return goneAfterS === 0 || askedAtMs - sinceMs >= goneAfterS * 1000;
}

function withRegistration(worker: WorkerMemory, dask: DaskWorker | undefined, nowMs: number): WorkerMemory {
  if (dask === undefined) {
    if (worker.joinedMs === null) return worker;
    return {
      ...worker,
      leftMs: worker.leftMs ?? nowMs,
      idleSinceMs: null,
      stuckSinceMs: null,
      keptSinceMs: null,
    };
  }
  const idle = isIdle(dask) && dask.completed === worker.completed;
  const joins = worker.joinedMs === null || worker.leftMs !== null;
  return {
    ...worker,
    terminatedMs: joins ? null : worker.terminatedMs, // it joined after it was terminated, so it serves
    terminateFailed: !joins && worker.terminateFailed,
    joinedMs: worker.joinedMs ?? nowMs,
    leftMs: null,
    seenMs: nowMs,
    completed: dask.completed,
    idleSinceMs: idle ? worker.idleSinceMs ?? nowMs : isIdle(dask) ? nowMs : null,
    stuckSinceMs: dask.status === "paused" && dask.executing === 0 ? worker.stuckSinceMs ?? nowMs : null,
    keptSinceMs: idle && dask.holdsResults && !isInUse(dask) ? worker.keptSinceMs : null,
  };
}
