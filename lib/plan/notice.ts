/** Snapshot into memory: who is there, who joined, who left, who is idle since when, who never came up. @module */

import type { DaskWorker, Instance, Snapshot } from "../model/mod.ts";
import { isProvenGone } from "./absence.ts";
import { isIdle } from "./member.ts";
import { firstMemory, type Memory, withFailedBoots, type WorkerMemory } from "./memory.ts";

/**
 * The memory, brought up to date with a snapshot.
 *
 * @param goneAfterS seconds an instance must be missing from complete listings to be believed gone
 */
export function notice(memory: Memory, snapshot: Snapshot, nowMs: number, goneAfterS: number): Memory {
  const listed = new Map((snapshot.listing?.instances ?? []).map((instance) => [instance.id, instance]));
  const registered = new Map((snapshot.scheduler?.workers ?? []).map((worker) => [worker.name, worker]));
  const known: Record<string, WorkerMemory> = { ...memory.workers };
  for (const instance of [...listed.values(), ...snapshot.recalled]) {
    known[instance.id] ??= firstMemory(instance, nowMs, null);
  }

  const workers: Record<string, WorkerMemory> = {};
  const gone: WorkerMemory[] = [];
  const joinedPools = new Set<string>();
  for (const [id, before] of Object.entries(known)) {
    const present = presence(before, listed.get(id), snapshot, nowMs);
    if (isGone(present, goneAfterS, snapshot)) {
      if (before.terminatedMs === null) gone.push(before);
      continue;
    }
    const after = snapshot.scheduler === null
      ? present
      : attendance(present, registered.get(present.instance.name), nowMs);
    if (before.joinedMs === null && after.joinedMs !== null) joinedPools.add(after.instance.pool);
    workers[id] = after;
  }
  return {
    ...memory,
    lostAnswersMs: lostAnswers(memory, snapshot, nowMs),
    scheduler: schedulerOf(memory, snapshot, nowMs),
    surveyed: memory.surveyed || (snapshot.leaseHeld && snapshot.listing?.complete === true),
    workers,
    failedBoots: withFailedBoots(memory.failedBoots, gone).filter(({ pool }) => !joinedPools.has(pool)),
  };
}

function lostAnswers(
  { lostAnswersMs }: Memory,
  { inFlight }: Snapshot,
  nowMs: number,
): Memory["lostAnswersMs"] {
  return Object.fromEntries(inFlight.map(({ id }) => [id, lostAnswersMs[id] ?? nowMs]));
}

function schedulerOf({ scheduler }: Memory, snapshot: Snapshot, nowMs: number): Memory["scheduler"] {
  if (snapshot.scheduler === null) return scheduler;
  const id = snapshot.scheduler.schedulerId;
  return scheduler?.id === id ? scheduler : { id, sinceMs: nowMs };
}

function presence(
  worker: WorkerMemory,
  listed: Instance | undefined,
  snapshot: Snapshot,
  nowMs: number,
): WorkerMemory {
  if (listed !== undefined) return { ...worker, instance: listed, missingSinceMs: null };
  const tells = snapshot.listing?.complete === true && snapshot.listedAtMs > worker.knownMs;
  return tells && worker.missingSinceMs === null ? { ...worker, missingSinceMs: nowMs } : worker;
}

function isGone(worker: WorkerMemory, goneAfterS: number, snapshot: Snapshot): boolean {
  if (worker.missingSinceMs === null || snapshot.listing?.complete !== true) return false;
  return isProvenGone(worker.missingSinceMs, snapshot.listedAtMs, goneAfterS);
}

function attendance(worker: WorkerMemory, dask: DaskWorker | undefined, nowMs: number): WorkerMemory {
  if (dask === undefined) {
    if (worker.joinedMs === null) return worker;
    return { ...worker, leftMs: worker.leftMs ?? nowMs, idleSinceMs: null, keptSinceMs: null };
  }
  const idle = isIdle(dask) && dask.completed === worker.completed;
  const joins = worker.joinedMs === null || worker.leftMs !== null;
  return {
    ...worker,
    terminatedMs: joins ? null : worker.terminatedMs, // told to end, and come all the same: it serves
    joinedMs: worker.joinedMs ?? nowMs,
    leftMs: null,
    completed: dask.completed,
    idleSinceMs: idle ? worker.idleSinceMs ?? nowMs : isIdle(dask) ? nowMs : null,
    keptSinceMs: idle && dask.holdsResults ? worker.keptSinceMs : null,
  };
}
