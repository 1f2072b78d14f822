/** Records how long the workers' instances live, and what they cost meanwhile. @module */

import { type Instance, isOver, type Life, type Listing, type Rate } from "../model/mod.ts";
import type { Memory } from "../plan/memory.ts";
import { COMMITTED_S } from "../plan/money_limits.ts";
import { ended, HOUR_MS, newLife, seen } from "../price/ledger.ts";
import type { Deps } from "./deps.ts";
import { leaseTtlS } from "./lease.ts";
import type { TickState } from "./tick_state.ts";

/** What a daemon knows of lives that have not ended. */
export interface Lives {
  /** By instance id. */
  readonly open: ReadonlyMap<string, Life>;
  /** When all of them were written last; monotonic clock. */
  readonly writtenMs: number;
}

/** That a worker still lives is written once in so many seconds. */
const WRITE_EVERY_MS = 60_000;

/** What a tick has learned. */
export interface Learned {
  /** With the listing that the tick goes by, and the lives before it. */
  readonly state: Pick<TickState, "listing" | "listedAtMs" | "lives">;
  /** Before the tick's actions. */
  readonly before: Memory;
  /** After them. */
  readonly after: Memory;
}

/**
 * Records lives that began, changed or ended in this tick.
 *
 * @throws {XcoreError} the history cannot be written
 */
export async function recordLives(
  deps: Pick<Deps, "history" | "clock" | "prices" | "provider" | "leaseTerms">,
  learned: Learned,
): Promise<Lives | null> {
  const { history, clock, prices } = deps;
  if (prices === null) return learned.state.lives;
  const known = learned.state.lives ?? await readLives(deps);
  const { open, changed } = livesAfter({ ...deps, prices }, known.open, learned);
  const nowMs = clock.monotonicMs();
  const isDue = nowMs - known.writtenMs >= WRITE_EVERY_MS;
  const written = isDue ? new Map([...changed, ...open]) : changed;
  if (written.size > 0) await history.recordLives([...written.values()]);
  return { open, writtenMs: isDue ? nowMs : known.writtenMs };
}

/**
 * What the history has of workers' lives that have not ended.
 *
 * @throws {XcoreError} the history cannot be read
 */
export async function readLives({ history }: Pick<Deps, "history">): Promise<Lives> {
  const lives = (await history.lives(Infinity)).filter(({ kind }) => kind === "worker");
  return { open: new Map(lives.map((life) => [life.id, life])), writtenMs: -Infinity };
}

/**
 * What workers have cost beyond the recorded lives, at most, in US dollars, each beyond the minute that
 * every worker is counted with: one that was pending may have run ever since, as when this machine
 * slept.
 *
 * @param listing the one of this tick; null: there is none
 */
export function unseenUsd(
  { clock, prices }: Pick<Deps, "clock" | "prices">,
  lives: Lives | null,
  listing: Listing | null,
): number {
  if (prices === null) return 0;
  const nowMs = clock.nowMs();
  const known = lives?.open ?? new Map<string, Life>();
  const listed = listing?.instances ?? [];
  const pending = new Set(listed.filter(({ state }) => state === "pending").map(({ id }) => id));
  const unseen = [
    ...[...known.values()].filter((life) => !wasSeenToRun(life))
      .map((life) => ({ ...life, sinceMs: life.lastSeenMs })),
    ...listed.filter(({ id }) => !known.has(id))
      .map((instance) => ({ ...instance, sinceMs: nowMs - instance.ageS * 1000 })),
  ];
  return unseen.filter(({ id }) => !pending.has(id)).reduce((sum, worker) => {
    const ms = Math.max(0, nowMs - worker.sinceMs - COMMITTED_S * 1000);
    return sum + (prices.workerRate(worker.pool ?? "", worker).machineUsd ?? 0) * ms / HOUR_MS;
  }, 0);
}

type Sources = Pick<Deps, "clock" | "provider" | "leaseTerms"> & {
  readonly prices: NonNullable<Deps["prices"]>;
};

/** The lives that have not ended, and those that are to be written. */
function livesAfter(
  deps: Sources,
  known: ReadonlyMap<string, Life>,
  { state: { listing, listedAtMs }, before, after }: Learned,
): { readonly open: Map<string, Life>; readonly changed: Map<string, Life> } {
  const { clock } = deps;
  const wall = (monotonicMs: number) => clock.nowMs() - (clock.monotonicMs() - monotonicMs);
  const listedMs = wall(listedAtMs);
  const listed = new Map((listing?.instances ?? []).map((instance) => [instance.id, instance]));
  const refused = new Set((listing?.refused ?? []).map(({ id }) => id));
  const open = new Map<string, Life>();
  const changed = new Map<string, Life>();
  const keep = (life: Life) => {
    const was = known.get(life.id);
    if (life.rates !== was?.rates) changed.set(life.id, life);
    open.set(life.id, life);
  };
  for (const [id, worker] of Object.entries(after.workers)) {
    const { instance, launchedMs, launchedHere, joinedMs, leftMs, seenMs } = worker;
    const was = known.get(id);
    const now = listed.get(id);
    const toldMs = worker.terminateFailed ? null : worker.terminatedMs;
    const told = toldMs === null ? null : wall(toldMs);
    if (now === undefined && was === undefined && !launchedHere) continue; // an earlier daemon's, perhaps gone
    // One that is registered runs, though the listing is older than that, or lacks it.
    const joined = joinedMs !== null && leftMs === null;
    const isHeard = toldMs === null && seenMs !== null &&
      wall(seenMs) > (was?.rates.at(-1)?.fromMs ?? Infinity);
    const serves = joined && (now === undefined ? isHeard : now.state === "pending");
    const state = serves ? "running" : now?.state;
    const first = was ?? firstLife(deps, now ?? instance, wall(launchedMs));
    const wasStopping = ["stopping", "stopped"].includes(before.workers[id]?.instance.state ?? "running");
    const begun = state === "running" && !wasStopping ? withoutStop(first) : first;
    const atMs = now === undefined ? wall(seenMs ?? listedAtMs) : listedMs;
    const hasRun = (state === "stopped" || state === "stopping") && !refused.has(id);
    const ran = hasRun ? mayHaveRun(deps, begun, atMs) : begun;
    const life = state === undefined
      ? ran
      : seen(ran, rateOf(deps, now ?? instance, isOff(ran, state) ? "stopped" : state), atMs);
    // A listing that is older than the call to end it shows it running yet.
    const stopsNow = told !== null && told >= listedMs && isOver("stopping", deps.prices.billing);
    keep(stopsNow ? seen(mayHaveRun(deps, life, told), rateOf(deps, instance, "stopping"), told) : life);
  }
  for (const [id, life] of known) {
    if (open.has(id)) continue;
    const worker = before.workers[id];
    if (worker === undefined && !listing?.complete) {
      open.set(id, life);
      continue;
    }
    const goneMs = Math.min(wall(worker?.missingSinceMs ?? listedAtMs), unwatchedEndMs(deps, life));
    changed.set(id, ended(refused.has(id) ? life : mayHaveRun(deps, life, goneMs), goneMs));
  }
  return { open, changed };
}

/**
 * Workers' lives by a listing alone, where no daemon watches them. One that is known goes on at the
 * price that it had.
 *
 * @param open those that have not ended
 * @returns those that have begun, changed or ended
 */
export function livesByListing(
  deps: Pick<Sources, "prices" | "provider" | "leaseTerms">,
  open: readonly Life[],
  { listing, listedMs, terminated }: {
    readonly listing: Listing;
    readonly listedMs: number;
    /** Ids of those that were told to end. */
    readonly terminated: readonly string[];
  },
): Life[] {
  const known = new Map(open.filter(({ kind }) => kind === "worker").map((life) => [life.id, life]));
  const told = new Set(terminated);
  const after = listing.instances.map((instance) => {
    const { id, ageS } = instance;
    const was = known.get(id);
    const begun = was ?? firstLife(deps, instance, listedMs - ageS * 1000);
    const state = told.has(id) ? "stopping" : instance.state;
    const rate = rateOf(deps, instance, isOff(begun, state) ? "stopped" : state);
    const last = begun.rates.at(-1);
    const isAsBefore = was !== undefined && rate.machineUsd !== 0 && last?.machineUsd !== 0;
    const isOver = state === "stopping" || state === "stopped";
    const life = isOver ? mayHaveRun(deps, begun, listedMs) : begun;
    return seen(life, isAsBefore && last !== undefined ? last : rate, listedMs);
  });
  const listed = new Set(listing.instances.map(({ id }) => id));
  const gone = listing.complete ? [...known.values()].filter(({ id }) => !listed.has(id)) : [];
  return [
    ...after,
    ...gone.map((life) => {
      const goneMs = Math.min(listedMs, unwatchedEndMs(deps, life));
      return ended(mayHaveRun(deps, life, goneMs), goneMs);
    }),
  ];
}

/**
 * The life of an instance that ends and was never seen to run: it may have begun to, since it was last
 * seen; in doubt it costs.
 */
function mayHaveRun({ prices }: Pick<Sources, "prices">, life: Life, atMs: number): Life {
  if (wasSeenToRun(life)) return life;
  return seen(life, prices.workerRate(life.pool ?? "", life), atMs);
}

/** A life in which the call to end the instance, by which it seemed to cost no more, has not ended it. */
function withoutStop(life: Life): Life {
  const [before, last] = life.rates.slice(-2);
  const isStop = last?.machineUsd === 0 && before!.machineUsd !== 0;
  return isStop ? { ...life, rates: life.rates.slice(0, -1) } : life;
}

/** Whether it was powered off before: then it costs no more, also while it is deleted. */
function isOff(life: Life, state: Instance["state"]): boolean {
  return state === "stopping" && wasSeenToRun(life) && life.rates.at(-1)?.machineUsd === 0;
}

function wasSeenToRun({ rates }: Life): boolean {
  return rates.some(({ machineUsd }) => machineUsd !== 0);
}

/** What it costs in a state. */
function rateOf({ prices }: Pick<Sources, "prices">, instance: Instance, state: Instance["state"]): Rate {
  const { workerRate, billing } = prices;
  const rate = workerRate(instance.pool, instance);
  const costs = state === "running" || (state === "stopping" && !isOver(state, billing));
  return costs ? rate : { ...rate, machineUsd: 0 };
}

/**
 * The life of an instance that is seen for the first time: unless it is pending, it has run since its
 * launch.
 */
function firstLife(deps: Pick<Sources, "prices">, instance: Instance, startedMs: number): Life {
  const { id, name, pool, type, zone, market, state } = instance;
  const about = { id, name, kind: "worker", pool, type, zone, market, startedMs } as const;
  return newLife(about, rateOf(deps, instance, state === "pending" ? "pending" : "running"));
}

/** A worker's life that has ended by itself if no daemon has seen it for long; any other as it is. */
export function endedUnwatched(
  deps: Pick<Sources, "leaseTerms" | "provider">,
  life: Life,
  nowMs: number,
): Life {
  const endMs = unwatchedEndMs(deps, life);
  return life.kind === "worker" && life.endedMs === null && endMs < nowMs ? ended(life, endMs) : life;
}

/**
 * When an instance that no daemon has seen since had ended at the latest: workers end by themselves
 * once no daemon has renewed the lease for daemon_grace_s.
 */
function unwatchedEndMs(
  { leaseTerms, provider }: Pick<Sources, "leaseTerms" | "provider">,
  { lastSeenMs }: Life,
): number {
  return lastSeenMs + (leaseTtlS(provider.pace) + leaseTerms.daemonGraceS) * 1000;
}
