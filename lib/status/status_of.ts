/**
 * The status, from what the daemon knows or from what a check without a daemon shows. Pure.
 * @module
 */

import { type Config, leaseTermsOf } from "../config/config.ts";
import { XcoreError } from "../errors.ts";
import {
  type Attempt,
  type ClusterState,
  type CostSoFar,
  type CostStatus,
  type DaemonStatus,
  type Decision,
  type DemandStatus,
  type Pool,
  PROBLEMS,
  type SchedulerReport,
  type ShutdownStatus,
  type Status,
  type TaskNumbers,
  type TaskRecord,
  type TasksStatus,
} from "../model/mod.ts";
import { demandOf } from "../plan/demand.ts";
import { firstOffering } from "../plan/offering.ts";
import { budgetsOf, type BudgetUse, type MoneyLimits } from "../plan/money_limits.ts";
import type { ClusterPrices } from "../price/cluster_prices.ts";
import { costSoFar, type Ledger } from "../price/ledger.ts";
import { moneyLimitsOf } from "../plan/rules.ts";
import { workersOf } from "../plan/worker.ts";
import { degrades, type Failures, orphanedWorkers, type ProblemInput, problemsOf } from "./problems_of.ts";
import type { ShutdownNote } from "./shutdown_note.ts";
import { HOUR_S } from "../util/duration_text.ts";
import { iso, pricesNow, requestedStatus, workerStatuses } from "./worker_statuses.ts";

/** What is known of the cluster's base. */
export interface ClusterFacts {
  readonly base: "down" | "partial" | "up";
  /** The command that changes the cluster as a whole right now, or null. */
  readonly verb: "start" | "shutdown" | null;
  readonly url: string | null;
  readonly dashboardUrl: string | null;
  /** Wall clock, milliseconds. */
  readonly startedAtMs: number | null;
  /** Null where it was started since, or never. */
  readonly lastShutdown: ShutdownNote | null;
}

/** What a status is made from. */
export interface StatusInput
  extends Omit<ProblemInput, "python" | "packages" | "age" | "moneyLimits" | "schedulerType" | "spent"> {
  readonly config: Config;
  /** Null where nothing costs. */
  readonly prices: ClusterPrices | null;
  /** What it has cost; null where nothing costs, or that is not known. */
  readonly ledger: Ledger | null;
  readonly cluster: ClusterFacts;
  readonly daemon: DaemonStatus;
  /** Launch calls without an answer yet. */
  readonly openAttempts: readonly Attempt[];
  /** Newest first. */
  readonly decisions: readonly Decision[];
  /** Wall and monotonic clock at the same moment, milliseconds. */
  readonly now: { readonly wallMs: number; readonly monotonicMs: number };
}

/** The whole status. */
export function statusOf(input: StatusInput): Status {
  const { config, cluster, report, pools, memory, now, machines, prices } = input;
  const priceOf = pricesNow(prices);
  const listed = workerStatuses({
    ...{ workers: workersOf(memory, report), report, pools, config, priceOf, now },
    isWatched: input.daemon.running,
    bootS: memory.bootS,
  });
  const requested = input.openAttempts.flatMap((attempt) =>
    attempt.names.map((name) => requestedStatus(name, attempt, priceOf))
  )
    .filter(({ name }) => !listed.some((worker) => worker.name === name));
  const workers = [...listed, ...requested].sort((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true })
  );
  const age = ageOf(input);
  const limits = moneyLimitsOf(config, prices);
  const spent = input.ledger === null ? null : costSoFar(input.ledger);
  const problems = cluster.base === "down"
    ? (cluster.verb === null ? orphanedWorkers(workers) : [])
    : problemsOf({
      ...input,
      failures: { ...input.failures, ...unfinishedShutdown(cluster) },
      schedulerType: config.schedulerType ?? "",
      ...{ age, python: machines ? null : config.python, moneyLimits: limits, spent },
      packages: config.packages,
    });
  const isUp = prices !== null && cluster.base !== "down";
  const scheduler = isUp ? prices.scheduler : 0;
  const surcharge = workers.filter(({ state }) => state !== "stopping").reduce(
    (sum, { type }) => sum + (prices?.workerSurcharge(type ?? "") ?? 0),
    isUp ? prices.schedulerSurcharge : 0,
  );
  return {
    cluster: {
      name: config.clusterName,
      id: config.clusterId,
      provider: config.provider,
      state: clusterState(input, problems.some(degrades)),
      url: cluster.url,
      dashboard_url: cluster.dashboardUrl,
      region: config.regionName,
      started_at: iso(cluster.startedAtMs),
      ends_in_s: age.leftS === null ? null : Math.round(age.leftS),
      shut_down: shutdownStatus(cluster),
    },
    daemon: input.daemon,
    scheduler: report === null ? null : {
      started_at: iso(Date.parse(report.startedAt)),
      memory_bytes: report.memoryBytes,
      memory_limit_bytes: report.memoryLimitBytes,
    },
    demand: report === null ? null : demandStatus(report, pools),
    tasks: report?.record ? tasksStatus(report.record) : null,
    workers,
    cost: {
      per_hour_usd: total([scheduler, ...workers.map(({ price_per_hour_usd }) => price_per_hour_usd)]),
      scheduler_per_hour_usd: scheduler,
      surcharge_per_hour_usd: surcharge,
      ...spentStatus(input),
      ...staysStatus(input, scheduler, age.leftS),
      max_hourly_usd: config.maxHourlyUsd,
      budget_usd: config.budgetUsd,
      budget_per_day_usd: config.budgetPerDayUsd,
      ...budgetLeft(limits, spent),
      price_list: prices?.list
        ? { source: prices.list.source, fetched_at: new Date(prices.list.fetchedAtMs).toISOString() }
        : null,
    },
    decisions: input.decisions.map(({ atMs, action, names, reason }) => ({
      at: iso(atMs),
      action,
      count: names.length,
      reason,
    })),
    problems,
  };
}

/** Negative once more is spent. */
function budgetLeft(
  limits: MoneyLimits | null,
  spent: CostSoFar | null,
): Pick<CostStatus, "budget_left_usd" | "budget_left_today_usd"> {
  const uses = limits === null ? [] : budgetsOf(limits, spent);
  const leftOf = (setting: BudgetUse["setting"]) => {
    const use = uses.find((each) => each.setting === setting);
    return use === undefined || use.spentUsd === null ? null : use.usd - use.spentUsd;
  };
  return { budget_left_usd: leftOf("budget_usd"), budget_left_today_usd: leftOf("budget_per_day_usd") };
}

function shutdownStatus({ lastShutdown }: ClusterFacts): ShutdownStatus | null {
  if (lastShutdown === null) return null;
  const { by, reason, beganAtMs, endedAtMs, error } = lastShutdown;
  return { at: iso(endedAtMs ?? beganAtMs), by, reason, finished: endedAtMs !== null, error };
}

/** One that was cut off or given up, and no other command goes on with. */
function unfinishedShutdown({ lastShutdown, verb }: ClusterFacts): Failures {
  if (lastShutdown === null || lastShutdown.endedAtMs !== null || verb !== null) return {};
  const { reason, error, beganAtMs } = lastShutdown;
  const why = [reason === null ? "" : ` (${reason})`, error === null ? "" : `: ${error}`].join("");
  return {
    shutdown_unfinished: new XcoreError(
      `The shutdown of ${iso(beganAtMs)} did not finish${why}`,
      PROBLEMS.shutdown_unfinished.hint,
    ),
  };
}

type SpentStatus = Pick<CostStatus, "since_start_usd" | "today_usd" | "unknown_prices">;

function spentStatus({ machines, ledger }: StatusInput): SpentStatus {
  if (!machines) return { since_start_usd: 0, today_usd: 0, unknown_prices: 0 };
  const known = ledger?.startedMs == null ? null : ledger;
  return {
    since_start_usd: known?.sinceStart.usd ?? null,
    today_usd: known?.today.usd ?? null,
    unknown_prices: known?.sinceStart.unknown ?? 0,
  };
}

/**
 * What goes on costing without tasks. Without a daemon workers end by themselves, and then the
 * scheduler's machine.
 */
function staysStatus(
  { prices, pools, daemon, cluster, config, now }: StatusInput,
  scheduler: number | null,
  endsInS: number | null,
): Pick<CostStatus, "stays_per_hour_usd" | "stays_until"> {
  if (prices === null || cluster.base === "down") return { stays_per_hour_usd: 0, stays_until: null };
  const kept = pools.filter(({ minWorkers }) => daemon.running && minWorkers > 0).map((pool) => {
    const usd = prices.worker(pool.name, firstOffering(pool));
    return usd === null ? null : usd * pool.minWorkers;
  });
  const orphanS = daemon.running ? Infinity : leaseTermsOf(config).orphanTimeoutS;
  const leftS = Math.min(endsInS ?? Infinity, orphanS);
  return {
    stays_per_hour_usd: total([scheduler, ...kept]),
    stays_until: leftS === Infinity ? null : iso(now.wallMs + leftS * 1000),
  };
}

/** Null when one of them is not known. */
function total(prices: readonly (number | null)[]): number | null {
  return prices.reduce((sum, price) => sum === null || price === null ? null : sum + price, 0);
}

/** The base is written anew by some changes, and the scheduler's process may be a later one: the older counts. */
function ageOf(
  { cluster: { base, startedAtMs }, report, config, waitingKeys, now }: StatusInput,
): ProblemInput["age"] {
  const starts = [startedAtMs, report === null ? null : Date.parse(report.startedAt)].filter((ms) =>
    ms !== null
  );
  const s = base === "down" || starts.length === 0
    ? null
    : Math.max(0, now.wallMs - Math.min(...starts)) / 1000;
  if (report !== null) return { s, leftS: report.endsInS };
  const limitH = waitingKeys.includes("max_cluster_lifetime_h") ? null : config.maxClusterLifetimeH;
  return { s, leftS: s === null || limitH === null ? null : Math.max(0, limitH * HOUR_S - s) };
}

function clusterState({ cluster, daemon, report }: StatusInput, degraded: boolean): ClusterState {
  if (cluster.verb === "shutdown") return "stopping";
  if (cluster.base === "down") return cluster.verb === "start" ? "starting" : "down";
  if (cluster.verb === "start") return "starting";
  if (degraded || cluster.base === "partial" || !daemon.running) return "degraded";
  if (report !== null) return "running";
  return daemon.last_tick_at === null ? "starting" : "degraded";
}

function demandStatus(report: SchedulerReport, pools: readonly Pool[]): DemandStatus {
  const { byPool } = demandOf(report, pools);
  const { tasks, record } = report;
  const totals = record === null ? null : totalsOf(record);
  return {
    runnable: report.runnable.reduce((sum, { count }) => sum + count, 0),
    queued: tasks.queued + tasks.noWorker,
    processing: tasks.processing,
    waiting: tasks.waiting,
    done: totals?.done ?? null,
    failed: totals?.failed ?? null,
    skipped: totals?.skipped ?? null,
    pending_scatters: report.pendingScatters,
    waiting_clients: report.waitingClients.length,
    clients: report.clients.length,
    target: Object.values(byPool).reduce((sum, { target }) => sum + target, 0),
    by_pool: Object.fromEntries(
      Object.entries(byPool).map(([name, { runnable, target, request }]) => [
        name,
        { runnable, target, requested: request?.workers ?? 0, requested_for_s: request?.leftS ?? null },
      ]),
    ),
  };
}

function totalsOf({ functions, others }: TaskRecord): Omit<TaskNumbers, "running" | "waiting"> {
  const sum = (of: "done" | "failed" | "skipped") =>
    functions.reduce((total, each) => total + each[of], others[of]);
  return { done: sum("done"), failed: sum("failed"), skipped: sum("skipped") };
}

/** Those with failures first, then those with the most to do, then those that have done the most. */
export function tasksStatus({ functions, others }: TaskRecord): TasksStatus {
  const left = ({ running, waiting }: TaskNumbers) => running + waiting;
  const sorted = functions.toSorted((a, b) =>
    b.failed - a.failed || left(b) - left(a) || b.done - a.done || (a.name < b.name ? -1 : 1)
  );
  return {
    functions: sorted.map(({ firstError, firstFailedKey, ...numbers }) => ({
      ...numbers,
      first_error: firstError,
      first_failed_key: firstFailedKey,
    })),
    others,
  };
}
