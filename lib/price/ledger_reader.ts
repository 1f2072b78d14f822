/** The ledger of a cluster as its history has it. @module */

import type { Life } from "../model/mod.ts";
import type { ClusterPrices } from "./cluster_prices.ts";
import { type Ledger, ledger, startOfDay, startOfRun } from "./ledger.ts";

/** The prices that a ledger takes. */
export type LedgerPrices = Pick<ClusterPrices, "schedulerRate" | "workerRate" | "billing" | "isNamed">;

/** Where nothing costs. */
export const NO_PRICES: LedgerPrices = {
  schedulerRate: { machineUsd: 0, diskUsd: 0 },
  workerRate: () => ({ machineUsd: 0, diskUsd: 0 }),
  billing: { minimumS: 0, stoppingCosts: false },
  isNamed: () => false,
};

/**
 * The lives, in which what a person names as a type's price stands for one that was not known. A price
 * that is known by now from elsewhere is not one of that time, and stands for nothing.
 */
export function withNamedPrices(lives: readonly Life[], prices: Omit<LedgerPrices, "billing">): Life[] {
  return lives.map((life) => {
    const { kind, pool, type, rates } = life;
    if (!prices.isNamed(type) || rates.every(({ machineUsd }) => machineUsd !== null)) return life;
    const named = kind === "scheduler" ? prices.schedulerRate : prices.workerRate(pool ?? "default", life);
    return {
      ...life,
      rates: rates.map((rate) => ({ ...rate, machineUsd: rate.machineUsd ?? named.machineUsd })),
    };
  });
}

/**
 * A function that tells what the cluster has cost up to a time of the wall clock, in milliseconds. It
 * reads what has ended only once, and keeps nothing of before the run and the day.
 */
export function ledgerReader(
  history: { lives(sinceMs: number): Promise<readonly Life[]> },
): (nowMs: number, prices: LedgerPrices) => Promise<Ledger> {
  let known: { readonly readMs: number; readonly byId: ReadonlyMap<string, Life> } | null = null;
  const read = async (nowMs: number) => {
    const isFirst = known === null || nowMs < known.readMs;
    let found = await history.lives(isFirst ? 0 : known!.readMs);
    const recent = new Set(found.map(({ id }) => id));
    // One that ended earlier, as the daemon has learned since, is not among them.
    const isUnclear = [...known?.byId.values() ?? []].some(({ id, endedMs }) =>
      endedMs === null && !recent.has(id)
    );
    if (isUnclear) found = await history.lives(0);
    const before = isFirst || isUnclear ? [] : known!.byId;
    const lives = [
      ...new Map([...before, ...found.map((life) => [life.id, life] as const)]).values(),
    ];
    const sinceMs = Math.min(startOfRun(lives) ?? nowMs, startOfDay(nowMs));
    const counting = lives.filter(({ endedMs }) => endedMs === null || endedMs > sinceMs);
    known = { readMs: nowMs, byId: new Map(counting.map((life) => [life.id, life])) };
    return counting;
  };
  return async (nowMs, prices) =>
    ledger(withNamedPrices(await read(nowMs), prices), { nowMs, minimumS: prices.billing.minimumS });
}
