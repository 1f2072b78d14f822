/** What instances have cost: their lives, at the rates that applied at each time. Pure. @module */

import type { CostSoFar, Life, Rate } from "../model/mod.ts";

/** From a time on and up to another; wall clock, milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a span of time has cost. */
export interface Spent {
  /** US dollars, for all whose price is known. */
  readonly usd: number;
  /** Instances that cost something in that time, of which a price is not known. */
  readonly unknown: number;
}

/** What costs something now. */
export interface PerHour extends Spent {
  /** Instances that exist, whether they run or not. */
  readonly instances: number;
}

/** An hour, in milliseconds. */
export const HOUR_MS = 3_600_000;

/**
 * What lives cost from a time on and up to another. The cloud's minimum is due when a machine begins
 * to run, so that the sums of days add up to the sum of all.
 *
 * @param minimumS see {@linkcode import("./hourly_cost.ts").Billing}
 */
export function spent(
  lives: Iterable<Life>,
  { fromMs, toMs, minimumS }: Span & { readonly minimumS: number },
): Spent {
  let usd = 0;
  let unknown = 0;
  for (const life of lives) {
    const cost = costOf(life, { fromMs, toMs }, minimumS * 1000);
    usd += cost.usd;
    if (!cost.isKnown) unknown += 1;
  }
  return { usd, unknown };
}

/** What all that lives now cost an hour. */
export function perHour(lives: Iterable<Life>): PerHour {
  let instances = 0;
  let usd = 0;
  let unknown = 0;
  for (const { endedMs, rates } of lives) {
    const rate = rates.at(-1);
    if (endedMs !== null || rate === undefined) continue;
    instances += 1;
    usd += (rate.machineUsd ?? 0) + (rate.diskUsd ?? 0);
    if (rate.machineUsd === null || rate.diskUsd === null) unknown += 1;
  }
  return { usd, unknown, instances };
}

function costOf(
  { rates, endedMs }: Life,
  { fromMs, toMs }: Span,
  minimumMs: number,
): { readonly usd: number; readonly isKnown: boolean } {
  let usd = 0;
  let isKnown = true;
  const add = (price: number | null, ms: number) => {
    if (ms <= 0) return;
    usd += (price ?? 0) * ms / HOUR_MS;
    if (price === null) isKnown = false;
  };
  /** Since when the machine runs, and so costs; null while it does not. */
  let runsSinceMs: number | null = null;
  for (const [i, { fromMs: beginMs, machineUsd, diskUsd }] of rates.entries()) {
    const endMs = Math.min(rates[i + 1]?.fromMs ?? Infinity, endedMs ?? Infinity);
    add(diskUsd, overlapMs(beginMs, endMs, { fromMs, toMs }));
    if (machineUsd === 0) {
      runsSinceMs = null;
      continue;
    }
    if (runsSinceMs === null) {
      runsSinceMs = beginMs;
      if (fromMs <= beginMs && beginMs < toMs) add(machineUsd, minimumMs);
    }
    add(machineUsd, overlapMs(Math.max(beginMs, runsSinceMs + minimumMs), endMs, { fromMs, toMs }));
  }
  return { usd, isKnown };
}

function overlapMs(beginMs: number, endMs: number, { fromMs, toMs }: Span): number {
  return Math.max(0, Math.min(endMs, toMs) - Math.max(beginMs, fromMs));
}

/** What a cluster has cost up to now. */
export interface Ledger {
  /** When it was started; wall clock, milliseconds. Null: nothing is known of it. */
  readonly startedMs: number | null;
  readonly sinceStart: Spent;
  /** Since midnight, by UTC, as budgets have it. */
  readonly today: Spent;
  /** Which day that is, `2026-01-31`. */
  readonly day: string;
  /** Machine types of which a price was not known when it applied, in either time. */
  readonly unpriced: readonly string[];
  readonly perHour: PerHour;
}

/**
 * What a cluster has cost up to now.
 *
 * @param lives all that are known; what was there before an earlier shutdown is left out
 */
export function ledger(
  lives: readonly Life[],
  { nowMs, minimumS }: { readonly nowMs: number; readonly minimumS: number },
): Ledger {
  const startedMs = startOfRun(lives);
  const todayMs = startOfDay(nowMs);
  const since = (fromMs: number, of = lives) => spent(of, { fromMs, toMs: nowMs, minimumS });
  const earliestMs = Math.min(startedMs ?? nowMs, todayMs);
  const unpriced = lives.filter((life) => since(earliestMs, [life]).unknown > 0).map(({ type }) => type);
  return {
    startedMs,
    sinceStart: since(startedMs ?? nowMs),
    today: since(todayMs),
    day: new Date(todayMs).toISOString().slice(0, 10),
    unpriced: [...new Set(unpriced)],
    perHour: perHour(lives),
  };
}

/** What counts for budgets. */
export function costSoFar({ sinceStart, today, day, unpriced }: Ledger): CostSoFar {
  return { clusterUsd: sinceStart.usd, todayUsd: today.usd, day, unpriced };
}

/**
 * Since when something has been there without a pause: after a shutdown there is nothing, while a
 * restart's next scheduler begins when the one before ends. Null: nothing ever was.
 */
export function startOfRun(lives: readonly Pick<Life, "startedMs" | "endedMs">[]): number | null {
  let startedMs: number | null = null;
  let endedMs = -Infinity;
  for (const life of lives.toSorted((a, b) => a.startedMs - b.startedMs)) {
    if (life.startedMs > endedMs) startedMs = life.startedMs;
    endedMs = Math.max(endedMs, life.endedMs ?? Infinity);
  }
  return startedMs;
}

/** A day of UTC. */
export const DAY_MS = 24 * HOUR_MS;

/** The midnight before, by UTC. */
export function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** The life of an instance that was launched at that time. */
export function newLife(
  about: Omit<Life, "endedMs" | "lastSeenMs" | "rates">,
  rate: Rate,
): Life {
  const startedMs = Math.round(about.startedMs); // as the history has it: nothing may cost before it
  return {
    ...about,
    startedMs,
    endedMs: null,
    lastSeenMs: startedMs,
    rates: [{ ...rate, fromMs: startedMs }],
  };
}

/**
 * A life of which the instance was seen at that time, and what it costs. When the machine began to
 * run, between the last time that it did not and now, is not known: in doubt it costs.
 */
export function seen(life: Life, rate: Rate, atMs: number): Life {
  const lastSeenMs = Math.max(life.lastSeenMs, Math.round(atMs));
  const before = life.rates.at(-1);
  if (before?.machineUsd === rate.machineUsd && before.diskUsd === rate.diskUsd) {
    return { ...life, lastSeenMs, endedMs: null };
  }
  const fromMs = before?.machineUsd === 0 ? life.lastSeenMs : lastSeenMs;
  const rates = life.rates.filter((each) => each.fromMs < fromMs);
  return { ...life, lastSeenMs, endedMs: null, rates: [...rates, { ...rate, fromMs }] };
}

/** A life of which the instance is gone since then. */
export function ended(life: Life, atMs: number): Life {
  return { ...life, endedMs: Math.max(life.startedMs, Math.round(atMs)) };
}
