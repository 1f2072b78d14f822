/**
 * The status of a cluster whose daemon does not run, from its scheduler, its platform and its
 * history.
 * @module
 */

import { keysForRestart } from "../config/config.ts";
import { madeConfigOf } from "../config/load_config.ts";
import { poolsOf, workerTypesOf } from "../config/pools_of.ts";
import { clusterFacts, DECISIONS_SHOWN } from "../daemon/live_status.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { certificateExpiry } from "../dask/make_certificates.ts";
import { NotRunningError, type Outcome, outcome, SchedulerError, valueOf } from "../errors.ts";
import {
  type Decision,
  NO_MACHINE_TYPES,
  type ProblemCode,
  PROBLEMS,
  type SchedulerReport,
  type Snapshot,
  type Status,
} from "../model/mod.ts";
import type { BaseState } from "../platform/base.ts";
import { platformOf } from "../platform/platforms.ts";
import { asMade } from "../platform/terraform/state_file.ts";
import { EMPTY_MEMORY, type Memory } from "../plan/memory.ts";
import { keptPrices } from "../price/cluster_prices.ts";
import { updateMemory } from "../plan/update_memory.ts";
import { pastDecisions } from "../status/history.ts";
import { type Failures, unwatched, zoneSilent } from "../status/problems_of.ts";
import { statusOf } from "../status/status_of.ts";
import { clusterLedger } from "./cluster_ledger.ts";
import { type Cluster, openCluster, schedulerOf, type Scope } from "./cluster.ts";
import { daemonFacts } from "./daemon_report.ts";

/** Decisions that are searched for the reason of a worker. */
const DECISIONS_READ = 500;

/** Why a cluster that is not complete is so, and what to do. */
export const INCOMPLETE = new NotRunningError(
  "The cluster is not complete: its last start or restart did not finish",
  PROBLEMS.cluster_incomplete.hint,
);

/**
 * The status of a cluster without a daemon that answers: asks the scheduler and the platform once.
 *
 * @throws {NotRunningError} there is no config
 */
export async function statusWithoutDaemon(scope: Scope): Promise<Status> {
  const cluster = await openCluster(scope);
  const { runtime, home, config, provider } = cluster;
  const { config: made, error: madeError } = await madeConfigOf(runtime, home);
  const base = await cluster.base.describe();
  const { status: daemon, service } = await daemonFacts(scope, null);
  const doing = "read the status of the cluster";
  const [report, listing, history, machineTypes, facts] = await Promise.all([
    outcome(doing, base.state === "down" ? Promise.resolve(null) : reportOf(cluster, base)),
    outcome(doing, provider.list()),
    outcome(doing, pastDecisions(cluster.runtime, cluster.home.history, DECISIONS_READ)),
    // An error here is an error of the listing, too.
    provider.machineTypes(workerTypesOf(config)).catch(() => NO_MACHINE_TYPES),
    clusterFacts(runtime, home, base),
  ]);
  const failures: { -readonly [Code in keyof Failures]: Failures[Code] } = {
    ...failureOf("scheduler_unreachable", report),
    ...failureOf("provider_unreachable", listing),
    ...failureOf("history_unwritable", history),
  };
  if (madeError !== null && base.state !== "down") failures.config_broken = madeError;
  const expiry = base.state === "down" ? null : await certificateExpiry(runtime, home.tls);
  if (expiry !== null) failures.certificates_expire = expiry;
  const silent = zoneSilent(valueOf(listing));
  if (silent !== null) failures.zone_silent = silent;
  const isIncomplete = base.state === "partial" && valueOf(report) === null;
  if (isIncomplete && !daemon.running && facts.verb === null) {
    // `xcore start` starts the daemon, too.
    failures.cluster_incomplete = INCOMPLETE;
  } else {
    const noAccess = "error" in report ? await cluster.base.diagnoseAccess() : null;
    if (noAccess instanceof SchedulerError) failures.scheduler_unreachable = noAccess;
    else if (noAccess !== null) failures.address_changed = noAccess;
    const daemonId = await daemonIdOf(runtime, home);
    const failure = daemon.running ? null : service?.failure ?? null;
    Object.assign(failures, unwatched({ pid: daemon.pid, daemonId, report: valueOf(report), failure }));
  }
  const nowMs = runtime.clock.monotonicMs();
  const decisions = valueOf(history) ?? [];
  const snapshot = {
    scheduler: valueOf(report),
    listing: valueOf(listing),
    listedAtMs: nowMs,
    openAttempts: [],
    launchedBefore: [],
    spent: null,
    leaseHeld: false,
  };
  const prices = await keptPrices(runtime, home, await asMade(runtime, home, config), {
    extras: platformOf(config).traits.extraPrices,
    spot: {},
    types: machineTypes.types,
  });
  const costs = await clusterLedger(cluster, prices).catch(() => null); // a damaged history is a problem
  const listed = valueOf(listing);
  if (listed !== null) costs?.listed(listed, []);
  await costs?.readScheduler(valueOf(report) !== null).catch(() => {});
  return statusOf({
    config,
    prices,
    ledger: costs?.costs ? costs.now() : null,
    pools: poolsOf(config, { cores: navigator.hardwareConcurrency, machineTypes }),
    report: valueOf(report),
    memory: memoryOf(snapshot, decisions, nowMs, provider.pace.goneAfterS),
    failures,
    waitingKeys: made === null ? [] : keysForRestart(made, config),
    machines: platformOf(config).traits.machines,
    bootLog: "",
    cluster: facts,
    daemon,
    openAttempts: [],
    decisions: decisions.slice(0, DECISIONS_SHOWN),
    now: { wallMs: runtime.clock.nowMs(), monotonicMs: nowMs },
  });
}

function failureOf(code: ProblemCode, result: Outcome<unknown>): Failures {
  return "error" in result ? { [code]: result.error } : {};
}

/**
 * The memory of a daemon that has just started, with what the platform and the history know of
 * older workers.
 */
export function memoryOf(
  snapshot: Snapshot,
  decisions: readonly Decision[],
  nowMs: number,
  goneAfterS: number,
): Memory {
  const memory = updateMemory(EMPTY_MEMORY, snapshot, nowMs, goneAfterS);
  const workers = Object.entries(memory.workers).map(([id, worker]) => {
    const latest = decisions.find(({ names }) => names.includes(worker.instance.name));
    return [id, {
      ...worker,
      // When it joined is unknown; it cannot have been before its launch.
      joinedMs: worker.joinedMs === null ? null : worker.launchedMs,
      reason: latest?.reason ?? worker.reason,
    }];
  });
  return { ...memory, workers: Object.fromEntries(workers) };
}

async function reportOf(cluster: Cluster, base: BaseState): Promise<SchedulerReport | null> {
  const scheduler = schedulerOf(cluster, base);
  try {
    return await scheduler?.report() ?? null;
  } finally {
    scheduler?.close();
  }
}
