/** Why the pools are as large as they are, in sentences, from a status. Pure. @module */

import type { DemandStatus, PoolStatus, Problem, Status, WorkerStatus } from "../model/mod.ts";
import { count, durationText } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";

/** The limits of a pool, as the config has them. */
export interface PoolLimits {
  readonly name: string;
  readonly minWorkers: number;
  readonly maxWorkers: number;
}

/** What `xcore explain` says; the keys are those of its JSON. */
export interface Explanation {
  /** What the task that was asked for does or waits for; empty where none was. */
  readonly task: readonly string[];
  /** Why each pool has as many workers as it has. */
  readonly size: readonly string[];
  /** Why tasks wait. */
  readonly waiting: readonly string[];
  /** What one more worker of each pool would change. */
  readonly another: readonly string[];
}

/** Codes of the problems by which fewer workers are there than are wanted. */
const FEWER: ReadonlySet<string> = new Set([
  "daemon_not_running",
  "lease_held",
  "provider_unreachable",
  "zone_silent",
  "machine_types_unknown",
  "history_unwritable",
  "config_broken",
  "launch_failed",
  "price_unknown",
  "budget_reached",
  "boots_halted",
  "boot_failed",
]);

/** Codes of the problems by which tasks wait whatever workers there are. */
const STUCK: ReadonlySet<string> = new Set([
  "resources_unmet",
  "resources_mistyped",
  "tasks_stranded",
  "tasks_bound",
  "worker_paused",
  "client_waits",
  "module_missing",
]);

/**
 * @param limits of every pool that is configured
 * @param task what is to be said of a task beside it
 */
export function explanationOf(
  status: Status,
  limits: readonly PoolLimits[],
  task: readonly string[] = [],
): Explanation {
  const { cluster, demand } = status;
  if (cluster.state === "down") {
    const nothing = "There is no cluster running: `xcore start` starts one.";
    return { task, size: [nothing], waiting: [], another: [] };
  }
  if (demand === null) {
    const silent = "The scheduler does not answer, so what it has to do is not known.";
    return { task, size: [silent, ...saidOf(status.problems, () => true)], waiting: [], another: [] };
  }
  return {
    task,
    size: [
      ...limits.flatMap((pool) => sizeOf(pool, status, demand)),
      ...saidOf(status.problems, ({ code }) => FEWER.has(code)),
    ],
    waiting: waitingOf(status, demand),
    another: limits.flatMap((pool) => anotherOf(pool, status, demand)),
  };
}

function saidOf(problems: readonly Problem[], isMeant: (problem: Problem) => boolean): string[] {
  return problems.filter(isMeant).map(({ message, hint }) => `${message}: ${hint ?? "see `xcore status`"}`);
}

const NO_DEMAND: PoolStatus = { runnable: 0, target: 0, requested: 0, requested_for_s: null };

function sizeOf(
  { name, minWorkers, maxWorkers }: PoolLimits,
  { workers }: Status,
  demand: DemandStatus,
): string[] {
  const { runnable, target, requested, requested_for_s } = demand.by_pool[name] ?? NO_DEMAND;
  const own = workers.filter(({ pool }) => pool === name);
  const there = own.filter(({ state }) => !["draining", "stopping", "failed"].includes(state));
  const reasons = [
    ...runnable > 0 ? [`${count(runnable, "task")} can run now${slotsWords(own)}`] : [],
    ...minWorkers > 0 ? [`min_workers is ${minWorkers}`] : [],
    ...requested > 0
      ? [`${count(requested, "worker")} requested for ${durationText(requested_for_s ?? 0)} more`]
      : [],
    ...name === "default" && demand.pending_scatters > 0
      ? [`${count(demand.pending_scatters, "input")} waiting for a first worker`]
      : [],
    ...name === "default" && demand.waiting_clients > 0
      ? [`${count(demand.waiting_clients, "client")} waiting for workers`]
      : [],
  ];
  const most = target > 0 && target === maxWorkers ? `; max_workers allows no more than ${maxWorkers}` : "";
  const why = reasons.length === 0 ? "no task can run now" : reasons.join(", ");
  return [
    `Pool ${name} has ${statesText(own)}; ${target} wanted: ${why}${most}.`,
    ...there.length < target
      ? [`${target - there.length} of them ${target - there.length === 1 ? "is" : "are"} not launched yet.`]
      : [],
    ...there.length > target ? staysWords(there) : [],
  ];
}

/** `, 2 at a time on each worker` */
function slotsWords(workers: readonly WorkerStatus[]): string {
  const slots = slotsOf(workers);
  return slots === null ? "" : `, ${slots} at a time on each worker`;
}

/** What the workers run at a time where all say the same; null: not known. */
function slotsOf(workers: readonly WorkerStatus[]): number | null {
  const [slots, ...others] = new Set(workers.flatMap((worker) => worker.slots ?? []));
  return others.length > 0 ? null : slots ?? null;
}

function statesText(workers: readonly WorkerStatus[]): string {
  if (workers.length === 0) return "no worker";
  const states = [...Map.groupBy(workers, ({ state }) => state)].map(([state, { length }]) =>
    `${length} ${state}`
  );
  return `${count(workers.length, "worker")} (${states.join(", ")})`;
}

/** Why workers are there beyond those that are wanted. */
function staysWords(workers: readonly WorkerStatus[]): string[] {
  return workers.filter(({ executing }) => !executing).map(({ name, leaves_in_s, reason }) =>
    leaves_in_s === null
      ? `${name} stays: ${reason ?? "it has just joined"}.`
      : `${name} is idle, and leaves in ${durationText(leaves_in_s)}.`
  );
}

function waitingOf({ workers, problems }: Status, demand: DemandStatus): string[] {
  const executing = workers.reduce((sum, worker) => sum + (worker.executing ?? 0), 0);
  const queued = demand.queued + Math.max(0, demand.processing - executing);
  const booting = workers.filter(({ state }) => ["requested", "pending", "booting"].includes(state));
  const slots = workers.reduce((sum, { state, slots }) => sum + (state === "running" ? slots ?? 0 : 0), 0);
  const forSlot = slots === 0
    ? "no worker has joined yet"
    : `${executing} of ${count(slots, "slot")} ${executing === 1 ? "runs a task" : "run tasks"}`;
  const coming = booting.length === 0 ? "" : `; ${count(booting.length, "worker")} booting`;
  return [
    ...queued > 0 ? [`${waitText(queued)} for a slot: ${forSlot}${coming}.`] : [],
    ...demand.waiting > 0
      ? [
        `${waitText(demand.waiting)} for tasks whose results ${
          demand.waiting === 1 ? "it needs" : "they need"
        }.`,
      ]
      : [],
    ...demand.skipped
      ? [
        `${count(demand.skipped, "task")} never ran, as one that ${
          demand.skipped === 1 ? "it needs" : "they need"
        } has failed: see \`xcore tasks --failed\`.`,
      ]
      : [],
    ...saidOf(problems, ({ code }) => STUCK.has(code)),
  ];
}

/** `1 task waits`, `6 tasks wait` */
function waitText(tasks: number): string {
  return `${count(tasks, "task")} ${tasks === 1 ? "waits" : "wait"}`;
}

function anotherOf(
  { name, maxWorkers }: PoolLimits,
  { workers }: Status,
  demand: DemandStatus,
): string[] {
  const { runnable, target } = demand.by_pool[name] ?? NO_DEMAND;
  const own = workers.filter(({ pool }) => pool === name);
  const slots = slotsOf(own) ?? 1;
  const further = runnable - target * slots;
  if (further <= 0) return [`Pool ${name}: nothing, as no task would wait for it.`];
  if (target < maxWorkers) return [`Pool ${name}: it is about to be launched.`];
  const key = name === "default" ? "max_workers" : `pools.${name}.max_workers`;
  const prices = new Set(own.flatMap(({ price_per_hour_usd }) => price_per_hour_usd ?? []));
  const [price = 0] = prices.size === 1 ? prices : [];
  const cost = price > 0 ? `, for ${moneyText(price)} an hour more while it is there` : "";
  const sooner = Math.round(100 / (target + 1));
  return [
    `Pool ${name}: ${Math.min(slots, further)} more of the ${count(further, "task")} that ${
      further === 1 ? "waits" : "wait"
    } could run at once, so that all ` +
    `end up to ${sooner} % sooner${cost}. It takes \`xcore config set ${key} ${maxWorkers + 1}\`.`,
  ];
}
