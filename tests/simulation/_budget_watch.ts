/** The promises about budgets, held to the cloud's own bill. @module */

import type { Attempt, LeaseClaim, ProblemCode } from "../../lib/model/mod.ts";
import { ACT_WITHIN_S } from "../../lib/reconcile/lease.ts";
import type { Bill } from "./_bill.ts";
import type { Machine } from "./_cloud.ts";
import type { Worker } from "./_dask.ts";
import type { Home } from "./_home.ts";
import { BILLED_AT_LEAST_S, factorAt, workerUsd } from "./_prices.ts";
import { CLUSTER_ID, type World } from "./_world.ts";

/** Beyond a tick: calls travel, and a node's clock beats. */
const LATENCY_S = 12;

/** With one of these a tick has not done what it decided. */
const HINDERED: readonly ProblemCode[] = [
  "provider_unreachable",
  "zone_silent",
  "history_unwritable",
  "terminate_failed",
  "retire_failed",
  "scheduler_unreachable",
  "lease_held",
];

/** After one of these the sum that a daemon or a node knows may be wrong, or nothing can be ended. */
const EXCUSES = [
  "wall clock set",
  "two daemons",
  "daemon killed",
  "daemon stopped",
  "machine sleeps",
  "scheduler restarts",
  "scheduler unreachable",
  "slow answers",
  "throttled",
  "request lost",
  "request twice",
  "answer lost",
  "listing lags",
  "listing loses",
  "zone unreachable",
  "terminate ignored",
  "disk full",
  "shutdown killed",
] as const;

/** Looks once a second. */
export class BudgetWatch {
  /** When a daemon's tick last ended that did all it decided. */
  #actedMs = -Infinity;
  /** Ticks in a row of one daemon, with one lease, that did. */
  #actedTicks = 0;
  #acting: { readonly daemon: Home["daemon"]; readonly sinceMs: number | undefined } | null = null;
  /** Seconds for which it was over the limit while somebody could act. */
  #overS = 0;
  /** The same for each machine that costs, by id. */
  #overdueS = new Map<string, number>();

  constructor(readonly world: World, readonly bill: Bill) {}

  arrange(): void {
    if (this.world.scenario.settings.budget === null) return;
    const look = () => {
      this.#look();
      if (!this.world.isOver) this.world.timeline.in(1000, look);
    };
    this.world.timeline.in(1000, look);
  }

  ticked(home: Home): void {
    const { lease, report, listing, memory, failures } = home.state;
    const acts = lease !== null && report !== null && listing?.complete === true && memory.listedUnderLease &&
      HINDERED.every((code) => failures[code] === undefined);
    // A tick that gets the lease, as after a sleep, does not know what is left.
    const isSame = this.#acting?.daemon === home.daemon && this.#acting.sinceMs === lease?.sinceMs;
    if (!isSame) this.#actedTicks = 0;
    this.#acting = { daemon: home.daemon, sinceMs: lease?.sinceMs };
    if (!acts) return void (this.#actedTicks = 0);
    this.#actedMs = this.world.timeline.nowMs;
    this.#actedTicks++;
    if (this.#actedTicks > 2) this.#checkNode(home);
  }

  /** A daemon that acts has told the scheduler what is left, and no more than there is. */
  #checkNode(home: Home): void {
    const { world, bill } = this;
    const limitUsd = limitOf(home);
    const isKnown = home.state.spent !== null && home.state.spent.unpriced.length === 0 &&
      home.budget === home.settings.budget;
    if (limitUsd === null || !world.dask.holdsBudget || !isKnown || !world.schedulerIsUp) return;
    const excuses = ["wall clock set", "two daemons", "scheduler restarts", "terminate ignored"];
    if (this.#isExcused(excuses) || this.#unknown(home)) return;
    const { budgetLeftUsd } = world.dask;
    // The minimum is due at once, and a listing shows some seconds later that a machine runs.
    const behindS = 2 * this.#allowedS(home) + BILLED_AT_LEAST_S;
    const most = Math.max(0, limitUsd - bill.usd) + bill.peakHourlyUsd * behindS / 3600;
    world.chronicle.count("budget: told to the node");
    if (budgetLeftUsd === null || budgetLeftUsd > most) {
      world.chronicle.fail(
        `the scheduler knows of ${budgetLeftUsd} left of a budget, there are ${most} at most`,
      );
    }
  }

  /** Whether something runs that the daemon does not know. */
  #unknown({ state }: Home): boolean {
    return this.#running().some(({ id }) => !(id in state.memory.workers));
  }

  /** A daemon that has a budget never says that there is none, also where it cannot add up what is spent. */
  claims(home: Home, { budget }: LeaseClaim): void {
    if (limitOf(home) === null || budget !== null) return;
    this.world.chronicle.fail("a daemon tells the scheduler that there is no budget, and there is one");
  }

  /** A launch is recorded, or its call made again: its first minute fits into what is left. */
  ordered(home: Home, attempt: Attempt): void {
    const limitUsd = limitOf(home);
    // A daemon that starts may be shown as pending what ran, and ended, before.
    const lags = ["listing lags", "listing loses"];
    if (limitUsd === null || this.#isExcused(["wall clock set", "two daemons", ...lags])) return;
    if (this.#unknown(home)) return;
    this.world.chronicle.count("budget: launched under one");
    const { timeline: { nowMs }, scenario: { priceChange } } = this.world;
    // The price of when the tick began, which may act so long.
    const factor = Math.min(...[nowMs, nowMs - ACT_WITHIN_S * 1000].map((ms) => factorAt(priceChange, ms)));
    const first = attempt.names.length * workerUsd(attempt) * factor * BILLED_AT_LEAST_S / 3600;
    if (this.bill.usd + first > limitUsd + 1e-6) {
      this.world.chronicle.fail(
        `${attempt.names.join(", ")} are launched with ${this.bill.usd} of a budget of ${limitUsd} spent`,
      );
    }
  }

  /** A task begins. */
  begins(worker: Worker): void {
    const { name, instanceId } = worker;
    const home = this.#home;
    if (instanceId === null || limitOf(home) === null || this.#overS <= this.#allowedS(home)) return;
    const { dask, timeline } = this.world;
    // An older preload has one go on with tasks that cannot hand its results over, or that has just joined.
    const isNew = timeline.nowMs - worker.joinedMs <= this.#allowedS(home) * 1000;
    if (!dask.holdsBudget && (isNew || dask.soleResults(worker).length > 0)) return;
    this.world.chronicle.fail(
      `a task begins on ${name} although the budget was used up ${this.#overS} s ago`,
    );
  }

  get #home(): Home {
    return this.world.homes[0]!;
  }

  #allowedS({ settings }: Home): number {
    return 2 * settings.pollIntervalS + LATENCY_S;
  }

  #running(): Machine[] {
    return this.world.cloud.machines.filter(({ id, clusterId }) =>
      clusterId === CLUSTER_ID && this.bill.costsNow(id)
    );
  }

  #isExcused(faults: readonly string[]): boolean {
    return faults.some((fault) => this.world.chronicle.counts.has(`fault: ${fault}`));
  }

  #look(): void {
    const { world, bill } = this;
    const home = this.#home;
    const limitUsd = limitOf(home);
    const { pollIntervalS } = home.settings;
    const daemonActs = home.daemon !== null &&
      world.timeline.nowMs - this.#actedMs <= (pollIntervalS + 3) * 1000;
    const nodeActs = world.schedulerIsUp && world.dask.isOverBudget;
    if (limitUsd === null || bill.usd < limitUsd || this.#isExcused(["wall clock set", "two daemons"])) {
      this.#overS = 0;
      return this.#overdueS.clear();
    }
    world.chronicle.count(`budget: used up, ${home.budget!.onBudget}`);
    // A scheduler that has restarted knows of no budget until a daemon tells it.
    this.#overS = daemonActs || nodeActs ? this.#overS + 1 : 0;
    if (!daemonActs && nodeActs) world.chronicle.count("budget: held by the node");
    this.#checkTotal(limitUsd);
    for (const machine of this.#running()) {
      if (machine.tells > 0 || this.#mayRun(home, machine)) continue;
      const worker = world.guests.workerOn(machine.id);
      const couldEnd = (daemonActs && machine.id in home.state.memory.workers) ||
        (nodeActs && worker !== null && !worker.hung);
      if (!couldEnd) continue;
      const overdueS = (this.#overdueS.get(machine.id) ?? 0) + 1;
      this.#overdueS.set(machine.id, overdueS);
      if (overdueS <= this.#allowedS(home) + (home.budget!.onBudget === "drain" ? RESULTS_S : 0)) continue;
      world.chronicle.fail(
        `${machine.name} (${machine.id}) goes on for ${overdueS} s with ${bill.usd} of ${limitUsd} spent`,
      );
    }
  }

  /** With `drain` what executes goes on, and with an older preload what holds results. */
  #mayRun({ budget }: Home, { id }: Machine): boolean {
    const { dask, guests } = this.world;
    const worker = guests.workerOn(id);
    if (budget!.onBudget !== "drain" || worker === null) return false;
    return worker.executing.size > 0 || worker.hung ||
      (!dask.holdsBudget && worker.results.size > 0); // others that hold them are to end, too
  }

  /** Workers cost no more than the limit, a tick and a billing minimum, where nothing was in the way. */
  #checkTotal(limitUsd: number): void {
    const { bill, world } = this;
    if (this.#home.budget!.onBudget === "drain" || this.#isExcused([...EXCUSES, "config changed"])) return;
    const spareUsd = bill.peakHourlyUsd * (this.#allowedS(this.#home) + BILLED_AT_LEAST_S) / 3600;
    world.chronicle.count("budget: total checked");
    if (bill.workersUsd > limitUsd + spareUsd) {
      world.chronicle.fail(
        `workers cost ${bill.workersUsd}, the budget is ${limitUsd} and ${spareUsd} to end`,
      );
    }
  }
}

/** A worker that has executed its last task may hold results for its client, and a hand-over takes a while. */
const RESULTS_S = 100;

/** The smaller one of the daemon's; null: there is none. */
function limitOf({ budget }: Home): number | null {
  if (budget === null) return null;
  return Math.min(budget.clusterUsd ?? Infinity, budget.perDayUsd ?? Infinity);
}
