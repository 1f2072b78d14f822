/** `xcore cost`: what the cluster has cost, from its history; also once it is shut down. @module */

import type { Life } from "../model/mod.ts";
import { DAY_MS, HOUR_MS, type Span, spent, startOfDay, startOfRun } from "../price/ledger.ts";
import { openCluster, type Scope } from "./cluster.ts";
import { clusterLedger } from "./cluster_ledger.ts";

/** What costs are told by. */
export type CostBy = "pool" | "type" | "day";

/** What to tell of costs. */
export interface CostOptions {
  /** Wall clock, milliseconds since 1970; default: the last start. */
  readonly sinceMs?: number | undefined;
  /** Default: pool. */
  readonly by?: CostBy | undefined;
}

/** What a part of the instances has cost. */
export interface CostPart {
  /** Of how many instances. */
  readonly instances: number;
  /** Hours that they existed, together. */
  readonly hours: number;
  /** Of all whose price is known. */
  readonly usd: number;
  /** Instances whose price is not known. */
  readonly unknown_prices: number;
}

/** What `xcore cost --json` prints. */
export interface Cost extends CostPart {
  /** False: nothing costs here. */
  readonly costs: boolean;
  /** ISO 8601 in UTC; null: nothing was ever recorded. */
  readonly since: string | null;
  /** ISO 8601 in UTC. */
  readonly until: string;
  /** What the rows are parts by. */
  readonly by: CostBy;
  /** The parts, by the name of a pool (or `scheduler`), of a machine type, or by day, `2026-11-30`. */
  readonly rows: readonly (CostPart & { readonly name: string })[];
}

/**
 * What the cluster has cost; neither scheduler nor cloud is asked.
 *
 * @throws {NotRunningError} there is no config
 * @throws {XcoreError} the history cannot be read
 */
export async function cost(scope: Scope, { sinceMs, by = "pool" }: CostOptions = {}): Promise<Cost> {
  const cluster = await openCluster(scope);
  const nowMs = scope.runtime.clock.nowMs();
  const costs = await clusterLedger(cluster);
  costs?.endUnwatched();
  const lives = costs?.lives() ?? [];
  const begunMs = lives[0]?.startedMs ?? null;
  const fromMs = sinceMs ?? startOfRun(lives) ?? nowMs;
  const span = { fromMs, toMs: nowMs };
  const minimumS = costs?.billing.minimumS ?? 0;
  const part = (of: readonly Life[], within: Span = span) => partOf(of, within, minimumS);
  const rows = by === "day"
    ? days(Math.max(fromMs, begunMs ?? nowMs), nowMs).map((day) => ({ name: day.name, ...part(lives, day) }))
    : [...Map.groupBy(lives, (life) => groupOf(life, by))].map(([name, of]) => ({ name, ...part(of) }));
  return {
    costs: costs !== null,
    since: begunMs === null ? null : new Date(fromMs).toISOString(),
    until: new Date(nowMs).toISOString(),
    by,
    ...part(lives),
    rows: rows.filter(({ instances }) => instances > 0),
  };
}

function groupOf({ kind, pool, type }: Life, by: "pool" | "type"): string {
  return by === "type" ? type : kind === "scheduler" ? kind : pool ?? "";
}

function partOf(lives: readonly Life[], { fromMs, toMs }: Span, minimumS: number): CostPart {
  const hoursOf = ({ startedMs, endedMs }: Life) =>
    Math.max(0, Math.min(endedMs ?? toMs, toMs) - Math.max(startedMs, fromMs)) / HOUR_MS;
  const there = lives.filter((life) => hoursOf(life) > 0);
  const { usd, unknown } = spent(lives, { fromMs, toMs, minimumS });
  return {
    instances: there.length,
    hours: there.reduce((sum, life) => sum + hoursOf(life), 0),
    usd,
    unknown_prices: unknown,
  };
}

/** The days between two times, by UTC. */
function days(fromMs: number, toMs: number): (Span & { readonly name: string })[] {
  const found: (Span & { readonly name: string })[] = [];
  for (let beginMs = fromMs; beginMs < toMs;) {
    const endMs = Math.min(startOfDay(beginMs) + DAY_MS, toMs);
    found.push({ name: new Date(beginMs).toISOString().slice(0, 10), fromMs: beginMs, toMs: endMs });
    beginMs = endMs;
  }
  return found;
}
