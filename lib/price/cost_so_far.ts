/** What a cluster has cost so far, in all and today, for its budgets. @module */

import type { CostSoFar, Life, Rate, TimedRate } from "../model/mod.ts";
import type { ClusterPrices } from "./cluster_prices.ts";
import { spent } from "./ledger.ts";

const DAY_MS = 24 * 3_600_000;

/** From when on, and by which prices where a life has none. */
export interface CostQuestion {
  /** When the cluster was started; wall clock, milliseconds. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly prices: Pick<ClusterPrices, "schedulerRate" | "workerRate" | "billing">;
}

/** The cost of lives. A price that was not known when it applied is taken from now. */
export function costSoFar(lives: readonly Life[], { sinceMs, nowMs, prices }: CostQuestion): CostSoFar {
  const priced = lives.map((life) => pricedLife(life, prices));
  const { minimumS } = prices.billing;
  const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const span = { fromMs: sinceMs, toMs: nowMs, minimumS };
  const today = { ...span, fromMs: Math.max(sinceMs, midnightMs) };
  const unpriced = priced.filter((life) => spent([life], span).unknown > 0).map(({ type }) => type);
  return {
    clusterUsd: spent(priced, span).usd,
    todayUsd: spent(priced, today).usd,
    day: new Date(midnightMs).toISOString().slice(0, 10),
    unpriced: [...new Set(unpriced)],
  };
}

function pricedLife(life: Life, prices: CostQuestion["prices"]): Life {
  const isUnknown = ({ machineUsd, diskUsd }: Rate) => machineUsd === null || diskUsd === null;
  if (!life.rates.some(isUnknown)) return life;
  const now = life.kind === "scheduler"
    ? prices.schedulerRate
    : prices.workerRate(life.pool ?? "default", life);
  const rates = life.rates.map(({ fromMs, machineUsd, diskUsd }): TimedRate => ({
    ...{ fromMs, machineUsd: machineUsd ?? now.machineUsd, diskUsd: diskUsd ?? now.diskUsd },
  }));
  return { ...life, rates };
}

/**
 * Reads lives at each tick, those that have ended only once: a history of a year is not read every
 * second.
 */
export function lifeReader(
  history: { lives(sinceMs: number): Promise<readonly Life[]> },
): (sinceMs: number, nowMs: number) => Promise<readonly Life[]> {
  let known: { readonly sinceMs: number; readonly readMs: number; readonly byId: Map<string, Life> } | null =
    null;
  return async (sinceMs, nowMs) => {
    if (known === null || known.sinceMs !== sinceMs || nowMs < known.readMs) {
      const all = await history.lives(sinceMs);
      known = { sinceMs, readMs: nowMs, byId: new Map(all.map((life) => [life.id, life])) };
      return all;
    }
    const recent = new Map((await history.lives(known.readMs)).map((life) => [life.id, life]));
    // One that has ended earlier, as the daemon learns only now, is not among them.
    const isUnclear = [...known.byId.values()].some(({ id, endedMs }) => endedMs === null && !recent.has(id));
    const found = isUnclear ? await history.lives(sinceMs) : [...recent.values()];
    known = {
      sinceMs,
      readMs: nowMs,
      byId: new Map([...known.byId, ...found.map((life) => [life.id, life] as const)]),
    };
    return [...known.byId.values()];
  };
}
