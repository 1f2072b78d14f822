/** A look at a cluster that no daemon watches. @module */

import { asXcoreError, type XcoreError } from "../errors.ts";
import { keysForRestart } from "../config/changes.ts";
import { loadMadeConfig } from "../config/load.ts";
import { poolsOf, workerTypesOf } from "../config/pools.ts";
import { clusterFacts, DECISIONS_SHOWN } from "../daemon/live_status.ts";
import { daemonIdOf, daemonPresence, daemonStatus } from "../daemon/presence.ts";
import {
  type Decision,
  type Listing,
  NO_OFFERINGS,
  type ProblemCode,
  type SchedulerReport,
  type Status,
} from "../model/mod.ts";
import { serviceOf } from "../service/choose_manager.ts";
import { readNote } from "../service/service.ts";
import { EMPTY_MEMORY } from "../plan/memory.ts";
import { updateMemory } from "../plan/update_memory.ts";
import { openHistory } from "../status/open_history.ts";
import { unwatched } from "../status/problems_of.ts";
import { statusOf } from "../status/status_of.ts";
import { type Cluster, openCluster, schedulerOf, type Scope } from "./cluster.ts";

/**
 * The status of a cluster that no daemon watches, from asking everybody once.
 *
 * @throws {NotRunningError} there is no config
 */
export async function look(scope: Scope): Promise<Status> {
  const cluster = await openCluster(scope);
  const { runtime, home, config, provider } = cluster;
  const made = await loadMadeConfig(runtime, home).catch(() => null);
  const failures: Partial<Record<ProblemCode, XcoreError>> = {};
  const base = await cluster.base.describe();
  const presence = await daemonPresence(runtime, home);
  const note = await readNote(runtime, home);
  const [report, listing, offerings] = await Promise.all([
    base.state === "absent" ? null : noting(failures, "scheduler_unreachable", reportOf(cluster, base)),
    noting(failures, "provider_unreachable", provider.list()),
    // What keeps it from saying so keeps it from listing.
    provider.offerings(workerTypesOf(config)).catch(() => NO_OFFERINGS),
  ]);
  if (failures.scheduler_unreachable !== undefined) {
    const shutOut = await cluster.base.diagnoseAccess();
    if (shutOut !== null) failures.address_changed = shutOut;
  }
  const watching = {
    pid: presence?.pid ?? null,
    daemonId: await daemonIdOf(runtime, home),
    report,
    failure: presence === null && note !== null ? (await serviceOf(runtime, note).state()).failure : null,
  };
  Object.assign(failures, unwatched(watching));
  const nowMs = runtime.clock.monotonicMs();
  const snapshot = {
    scheduler: report,
    listing,
    listedAtMs: nowMs,
    inFlight: [],
    launchedBefore: [],
    leaseHeld: false,
  };
  return statusOf({
    config,
    pools: poolsOf(config, { cores: navigator.hardwareConcurrency, offerings }),
    report,
    memory: updateMemory(EMPTY_MEMORY, snapshot, nowMs, provider.pace.goneAfterS),
    failures,
    waitingKeys: made === null ? [] : keysForRestart(made, config),
    bootLog: "",
    cluster: await clusterFacts(runtime, home, base),
    daemon: daemonStatus(presence, note?.unit ?? null, null),
    inFlight: [],
    decisions: await noting(failures, "history_unwritable", pastDecisions(cluster)) ?? [],
    now: { wallMs: runtime.clock.nowMs(), monotonicMs: nowMs },
  });
}

async function reportOf(
  cluster: Cluster,
  base: Parameters<typeof schedulerOf>[1],
): Promise<SchedulerReport | null> {
  const scheduler = schedulerOf(cluster, base);
  try {
    return await scheduler?.report() ?? null;
  } finally {
    scheduler?.close();
  }
}

async function noting<T extends Listing | SchedulerReport | Decision[] | null>(
  failures: Partial<Record<ProblemCode, XcoreError>>,
  code: ProblemCode,
  promise: Promise<T>,
): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    failures[code] = asXcoreError(error, "look at the cluster");
    return null;
  }
}

async function pastDecisions({ runtime, home }: Cluster): Promise<Decision[]> {
  if (!await runtime.files.exists(home.history)) return [];
  const journal = openHistory(home.history);
  try {
    return await journal.decisions(DECISIONS_SHOWN);
  } finally {
    journal.close();
  }
}
