/** `xcore cost`: what the cluster has cost, from its history; also once it is shut down. @module */

import type { Life, TaskTime } from "../model/mod.ts";
import { DAY_MS, HOUR_MS, type Span, spent, startOfDay, startOfRun } from "../price/ledger.ts";
import { partsOf, type TaskPart, type TaskPartKind } from "../price/task_part.ts";
import { pastTaskTimes } from "../status/history.ts";
import { openCluster, type Scope } from "./cluster.ts";
import { clusterLedger } from "./cluster_ledger.ts";

/** What costs are told by. */
export type CostBy = "pool" | "type" | "day" | "task";

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

/** A part, and what it is. */
export interface CostRow extends CostPart {
  /** A pool (or `scheduler`), a machine type, a day (`2026-11-30`), or a function; empty for the other parts by task. */
  readonly name: string;
  /** By task: what the time was spent with. */
  readonly kind?: TaskPartKind;
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
  /** The parts, which together are the whole: days in their order, functions the dearest first. */
  readonly rows: readonly CostRow[];
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
  const ledger = await clusterLedger(cluster);
  ledger.endUnwatched();
  const lives = ledger.costs ? ledger.lives() : [];
  const begunMs = lives[0]?.startedMs ?? null;
  const fromMs = sinceMs ?? startOfRun(lives) ?? nowMs;
  const span = { fromMs, toMs: nowMs };
  const { minimumS } = ledger.billing;
  const part = (of: readonly Life[], within: Span = span) => costPart(of, { ...within, minimumS });
  const rows = async (): Promise<CostRow[]> => {
    if (by === "task") {
      const times = await pastTaskTimes(cluster.runtime, cluster.home.history, fromMs);
      return costByTask(lives, times, { ...span, minimumS });
    }
    if (by === "day") {
      return days(Math.max(fromMs, begunMs ?? nowMs), nowMs).map((day) => ({
        name: day.name,
        ...part(lives, day),
      }));
    }
    return [...Map.groupBy(lives, (life) => groupOf(life, by))].map(([name, of]) => ({ name, ...part(of) }));
  };
  return {
    costs: ledger.costs,
    since: begunMs === null ? null : new Date(fromMs).toISOString(),
    until: new Date(nowMs).toISOString(),
    by,
    ...part(lives),
    rows: (await rows()).filter(({ instances }) => instances > 0),
  };
}

/** Functions that are named; what the others have cost is one sum. */
const FUNCTIONS_TOLD = 100;

const KINDS: readonly TaskPartKind[] = ["task", "others", "idle", "not_joined", "scheduler"];

/** A part of a life's cost. */
interface TaskCost extends TaskPart, CostPart {
  readonly lifeId: string;
}

/** A span, and {@linkcode import("../price/hourly_cost.ts").Billing.minimumS}. */
export type BilledSpan = Span & { readonly minimumS: number };

/**
 * What lives have cost by what their time was spent with. A life that began before the span counts in
 * proportion: when in it which task ran is not known.
 */
export function costByTask(
  lives: readonly Life[],
  times: readonly TaskTime[],
  span: BilledSpan,
): CostRow[] {
  const timesOf = Map.groupBy(times, ({ lifeId }) => lifeId);
  const costs = lives.flatMap((life): TaskCost[] => {
    const whole = costPart([life], span);
    return partsOf(life, timesOf.get(life.id) ?? [], span.toMs).map((part) => ({
      ...{ ...part, ...whole, lifeId: life.id },
      ...{ hours: whole.hours * part.share, usd: whole.usd * part.share },
    }));
  });
  const functions = summed(costs.filter(({ kind }) => kind === "task"));
  const told = new Set(functions.slice(0, FUNCTIONS_TOLD).map(({ name }) => name));
  const isTold = ({ kind, name }: TaskPart) => kind !== "task" || told.has(name);
  return summed(costs.map((cost) => isTold(cost) ? cost : { ...cost, kind: "others", name: "" }));
}

/** A row for each function, and for each other part; the dearest function first. */
function summed(costs: readonly TaskCost[]): CostRow[] {
  const groups = [...Map.groupBy(costs, ({ kind, name }) => `${kind} ${name}`).values()];
  return groups.map((of) => {
    const instances = (some: readonly TaskCost[]) => new Set(some.map(({ lifeId }) => lifeId)).size;
    const { kind, name } = of[0]!;
    return {
      ...{ name, kind, instances: instances(of.filter(({ instances }) => instances > 0)) },
      hours: of.reduce((sum, { hours }) => sum + hours, 0),
      usd: of.reduce((sum, { usd }) => sum + usd, 0),
      unknown_prices: instances(of.filter(({ unknown_prices }) => unknown_prices > 0)),
    };
  }).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.usd - a.usd || b.hours - a.hours);
}

function groupOf({ kind, pool, type }: Life, by: Exclude<CostBy, "day" | "task">): string {
  return by === "type" ? type : kind === "scheduler" ? kind : pool ?? "";
}

/** What lives have cost in a span, all together. */
export function costPart(lives: readonly Life[], { fromMs, toMs, minimumS }: BilledSpan): CostPart {
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
