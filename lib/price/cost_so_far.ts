/** What a cluster has cost so far, in all and today, for its budgets. @module */

import type { CostSoFar, Life, Rate, TimedRate } from "../model/mod.ts";
import type { ClusterPrices } from "./cluster_prices.ts";
import { ledger, spent, startOfDay } from "./ledger.ts";

/** Up to when, and by which prices where a life has none. */
export interface CostQuestion {
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
  readonly prices: Pick<ClusterPrices, "schedulerRate" | "workerRate" | "billing">;
}

/** The cost of a cluster's lives. A price that was not known when it applied is taken from now. */
export function costSoFar(lives: readonly Life[], { nowMs, prices }: CostQuestion): CostSoFar {
  const priced = lives.map((life) => pricedLife(life, prices));
  const { minimumS } = prices.billing;
  const { startedMs, sinceStart, today } = ledger(priced, { nowMs, minimumS });
  const span = { fromMs: Math.min(startedMs ?? nowMs, startOfDay(nowMs)), toMs: nowMs, minimumS };
  const unpriced = priced.filter((life) => spent([life], span).unknown > 0).map(({ type }) => type);
  return {
    clusterUsd: sinceStart.usd,
    todayUsd: today.usd,
    day: new Date(startOfDay(nowMs)).toISOString().slice(0, 10),
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
 * Reads all lives, those that ended long ago only once: a year's history is not read every second.
 *
 * @returns takes the wall clock, in milliseconds
 */
export function lifeReader(
  history: { lives(sinceMs: number): Promise<readonly Life[]> },
): (nowMs: number) => Promise<readonly Life[]> {
  let known: { readonly readMs: number; readonly byId: ReadonlyMap<string, Life> } | null = null;
  return async (nowMs) => {
    const isFirst = known === null || nowMs < known.readMs;
    let found = await history.lives(isFirst ? 0 : known!.readMs);
    const recent = new Set(found.map(({ id }) => id));
    // One that ended earlier, as the daemon has learned since, is not among them.
    const isUnclear = [...known?.byId.values() ?? []].some(({ id, endedMs }) =>
      endedMs === null && !recent.has(id)
    );
    if (isUnclear) found = await history.lives(0);
    const before = isFirst || isUnclear ? [] : known!.byId;
    known = { readMs: nowMs, byId: new Map([...before, ...found.map((life) => [life.id, life] as const)]) };
    return [...known.byId.values()];
  };
}
