/** What to launch: what the tasks ask for beyond what is there, and never over a pool's limit. @module */

import type { Action, Attempt, Pool, Snapshot } from "../model/mod.ts";
import type { Demand } from "./demand.ts";
import { isAble, isBeingTaken, type Member, poolNamed, poolOf } from "./member.ts";
import { launchNotBeforeMs, type Memory } from "./memory.ts";
import { freeNames } from "./names.ts";
import { type Offer, openOffer, passedOver } from "./offers.ts";
import { BOOT_FAILURES_TO_HALT, type Rules } from "./rules.ts";

/** What the launches are decided from. */
export interface LaunchInput {
  /** All that is known of, whatever its phase. */
  readonly members: readonly Member[];
  /** Those that are not being ended now. */
  readonly staying: readonly Member[];
  readonly demand: Demand;
  readonly rules: Rules;
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: number;
}

/** At most one launch per pool; none for a pool whose instances fail one after the other. */
export function launching(input: LaunchInput): Action[] {
  const { memory, nowMs, rules, snapshot } = input;
  if (!memory.surveyed) return []; // what is there and not listed would count against no limit
  const taken = new Set([
    ...input.members.map(({ worker }) => worker.instance.name),
    ...snapshot.inFlight.flatMap(({ names }) => names),
    ...(snapshot.scheduler?.workers ?? []).map(({ name }) => name),
  ]);
  const actions: Action[] = [];
  for (const pool of rules.pools) {
    if (isHalted(memory, pool.name) || nowMs < launchNotBeforeMs(memory, pool.name)) continue;
    const count = missing(pool, input);
    const offer = openOffer(pool, memory.noCapacityUntilMs, nowMs);
    if (count <= 0 || offer === undefined) continue;
    const names = freeNames(taken, count);
    for (const name of names) taken.add(name);
    const { accelerator, acceleratorCount, resources, slots } = pool;
    actions.push({
      kind: "launch",
      order: { pool: pool.name, ...offer, accelerator, acceleratorCount, resources, slots, names },
      reason: reasonFor(pool, offer, input),
    });
  }
  return actions;
}

function isHalted({ failedBoots }: Memory, name: string): boolean {
  return failedBoots.filter(({ pool }) => pool === name).length >= BOOT_FAILURES_TO_HALT;
}

function missing(pool: Pool, { members, staying, demand, rules, snapshot }: LaunchInput): number {
  const ofPool = ({ worker }: Member) => poolOf(worker, rules).name === pool.name;
  const requested = namesIn(
    snapshot.inFlight.filter((attempt) => poolNamed(attempt.pool, rules).name === pool.name),
  );
  const serving = staying.filter((member) => ofPool(member) && isAble(member)).length;
  // Whatever is listed counts against the limit, also what is stopping: it is there, and it costs.
  const existing = members.filter(ofPool).length;
  const target = demand.byPool[pool.name]?.target ?? 0;
  return Math.min(target - serving, pool.maxWorkers - existing) - requested;
}

function namesIn(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { names }) => sum + names.length, 0);
}

function reasonFor(pool: Pool, offer: Offer, input: LaunchInput): string {
  return [needOf(pool, input), lossOf(pool, input), passedOver(pool, offer)].filter((part) => part !== "")
    .join("; ");
}

function lossOf(pool: Pool, { members }: LaunchInput): string {
  const taken = members.filter((member) => isBeingTaken(member) && member.worker.instance.pool === pool.name);
  const names = taken.map(({ worker }) => worker.instance.name).join(", ");
  return names === "" ? "" : `${names} ${taken.length === 1 ? "is" : "are"} being taken away`;
}

function needOf(pool: Pool, { demand }: LaunchInput): string {
  const { runnable, target } = demand.byPool[pool.name] ?? { runnable: 0, target: 0 };
  if (runnable === 0) {
    return pool.minWorkers > 0 ? `min_workers is ${pool.minWorkers}` : "a client waits to send its input";
  }
  const tasks = `${runnable} ${runnable === 1 ? "task" : "tasks"} to run`;
  return target === pool.maxWorkers && runnable > target * pool.slots
    ? `${tasks}, at most ${target} workers`
    : tasks;
}
