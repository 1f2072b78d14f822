/**
 * Scaling up: launches what the demand needs beyond what exists, and never exceeds a pool's limit.
 * @module
 */

import type { Action, Attempt, Pool, Snapshot } from "../model/mod.ts";
import { count, durationText } from "../util/duration_text.ts";
import type { Demand } from "./demand.ts";
import { launchNotBeforeMs, type Memory } from "./memory.ts";
import { affordable, leftBeside, moneyLeft } from "./money_limits.ts";
import { type Offering, openOffering, passedOver } from "./offering.ts";
import { BOOT_FAILURES_TO_HALT, type Rules } from "./rules.ts";
import {
  freeNames,
  isAble,
  isCounted,
  isReclaimed,
  isTooOld,
  poolNamed,
  poolOf,
  type Worker,
} from "./worker.ts";

/** What launches are decided from. */
export interface ScaleUpInput {
  /** All known workers, whatever their state. */
  readonly workers: readonly Worker[];
  /** Those that this plan does not terminate. */
  readonly staying: readonly Worker[];
  readonly demand: Demand;
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/**
 * At most one launch per pool; none for a pool whose instances fail to boot one after the other.
 */
export function scaleUp(input: ScaleUpInput): Action[] {
  const { memory, nowMs, rules, snapshot } = input;
  if (!memory.listedUnderLease) return []; // an instance that is not listed yet would count against no limit
  const taken = new Set([
    ...input.workers.map(({ memory: { instance } }) => instance.name),
    ...snapshot.openAttempts.flatMap(({ names }) => names),
    ...(snapshot.scheduler?.workers ?? []).map(({ name }) => name),
  ]);
  const actions: Action[] = [];
  let left = moneyLeft(rules, { ...snapshot, workers: input.workers }, memory.reachedBudget);
  for (const pool of rules.pools) {
    if (isHalted(memory, pool.name) || nowMs < launchNotBeforeMs(memory, pool.name)) continue;
    const lacking = missing(pool, input);
    const paidFor = (offering: Offering) => affordable(rules, pool.name, offering, left);
    const offering = openOffering(pool, memory.noCapacityUntilMs, nowMs, (each) => paidFor(each) > 0);
    if (lacking <= 0 || offering === undefined) continue;
    const names = freeNames(taken, Math.min(lacking, paidFor(offering)));
    left = leftBeside(left, (rules.moneyLimits?.workerUsd(pool.name, offering) ?? 0) * names.length);
    for (const name of names) taken.add(name);
    const { accelerator, acceleratorCount, resources, slots } = pool;
    actions.push({
      kind: "launch",
      spec: { pool: pool.name, ...offering, accelerator, acceleratorCount, resources, slots, names },
      reason: reasonFor(pool, offering, input),
    });
  }
  return actions;
}

function isHalted({ failedBoots }: Memory, name: string): boolean {
  return failedBoots.filter(({ pool }) => pool === name).length >= BOOT_FAILURES_TO_HALT;
}

function missing(pool: Pool, { workers, staying, demand, rules, snapshot }: ScaleUpInput): number {
  const ofPool = ({ memory }: Worker) => poolOf(memory, rules).name === pool.name;
  const underWay = namesIn(
    snapshot.openAttempts.filter((attempt) => poolNamed(attempt.pool, rules).name === pool.name),
  );
  const serving = staying.filter((worker) => ofPool(worker) && isAble(worker)).length;
  const existing = workers.filter((worker) => ofPool(worker) && isCounted(worker, rules)).length;
  const target = demand.byPool[pool.name]?.target ?? 0;
  return Math.min(target - serving, pool.maxWorkers - existing) - underWay;
}

function namesIn(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { names }) => sum + names.length, 0);
}

function reasonFor(pool: Pool, offering: Offering, input: ScaleUpInput): string {
  return [
    demandReason(pool, input),
    reclaimReason(pool, input),
    ageReason(pool, input),
    passedOver(pool, offering),
  ]
    .filter((part) => part !== "").join("; ");
}

function reclaimReason(pool: Pool, { workers }: ScaleUpInput): string {
  const reclaimed = workers.filter((worker) =>
    isReclaimed(worker) && worker.memory.instance.pool === pool.name
  );
  const names = reclaimed.map(({ memory: { instance } }) => instance.name).join(", ");
  return names === "" ? "" : `the cloud reclaims ${names}`;
}

function ageReason(pool: Pool, { workers }: ScaleUpInput): string {
  const old = workers.filter((worker) => isTooOld(worker) && worker.memory.instance.pool === pool.name);
  const names = old.map(({ memory: { instance } }) => instance.name).join(", ");
  return names === "" ? "" : `max_worker_lifetime_h is over for ${names}`;
}

function demandReason(pool: Pool, { demand }: ScaleUpInput): string {
  const { runnable = 0, soon = 0, target = 0, cause = null, request = null } = demand.byPool[pool.name] ?? {};
  switch (cause) {
    case "min_workers":
      return `min_workers is ${pool.minWorkers}`;
    case "scale": {
      const { workers = 0, leftS = 0 } = request ?? {};
      return `${count(workers, "worker")} requested for ${durationText(leftS)} more${
        workers > target ? `, at most ${target}` : ""
      }`;
    }
    case "scatter":
      return "a client waits to send its input";
    case "waiting_client":
      return "a client waits for workers";
    default: {
      const tasks = `${count(runnable, "task")} to run${soon === 0 ? "" : `, ${soon} more about to be`}`;
      return target === pool.maxWorkers && runnable > target * pool.slots
        ? `${tasks}, at most ${count(target, "worker")}`
        : tasks;
    }
  }
}
