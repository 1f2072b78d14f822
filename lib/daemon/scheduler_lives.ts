/** How long the scheduler's machine lives, and what it costs meanwhile. @module */

import type { Config } from "../config/config.ts";
import { isOver, type Life, SCHEDULER } from "../model/mod.ts";
import type { Base, InstanceLife } from "../platform/base.ts";
import type { ClusterPrices } from "../price/cluster_prices.ts";
import { ended, newLife, seen } from "../price/ledger.ts";
import type { Clock } from "../runtime.ts";
import type { History } from "../status/history.ts";

/** What the life of a scheduler is told by. */
export interface SchedulerFacts {
  readonly base: Pick<Base, "machine">;
  readonly config: Pick<Config, "schedulerType">;
  readonly prices: Pick<ClusterPrices, "schedulerRate" | "billing">;
  readonly nowMs: number;
  /** Whether the scheduler has answered just now: then its machine runs, and the cloud is not asked. */
  readonly answers: boolean;
}

/**
 * The schedulers' lives as they are now: that of the machine that there is, and those before it,
 * which have ended.
 *
 * @param known those that had not ended
 * @returns those that are not as they are known
 */
export async function schedulerLives(
  known: readonly Life[],
  { base, config, prices, nowMs, answers }: SchedulerFacts,
): Promise<readonly Life[]> {
  const machine = await base.machine();
  const earlier = known.filter(({ kind, id }) => kind === "scheduler" && id !== machine?.id);
  if (machine === null) return earlier.map((life) => ended(life, nowMs));
  const was = known.find(({ id }) => id === machine.id);
  const startedMs = was?.startedMs ??
    Math.min(nowMs, await machine.launchedAtMs().catch(() => null) ?? nowMs);
  const begun = was ?? newLife({
    ...{ id: machine.id, name: SCHEDULER, kind: "scheduler", pool: null, zone: null, market: "on-demand" },
    type: config.schedulerType ?? "",
    startedMs,
  }, prices.schedulerRate);
  // A cloud that does not answer leaves it as it was.
  const life = answers ? "running" : await machine.life().catch(() => null);
  const now = life === null
    ? begun
    : life === "gone"
    ? ended(begun, nowMs)
    : seen(begun, rateIn(life, prices), nowMs);
  return [...earlier.map((each) => ended(each, startedMs)), now];
}

function rateIn(life: InstanceLife, { schedulerRate, billing }: SchedulerFacts["prices"]) {
  const costs = life === "pending" || life === "running" ||
    (life === "stopping" && !isOver(life, billing));
  return costs ? schedulerRate : { ...schedulerRate, machineUsd: 0 };
}

/** That it still lives is written once in so many seconds. */
const WRITE_EVERY_MS = 60_000;

/** A function that records the scheduler's life once a minute, and when prices are new. */
export function schedulerRecorder(
  history: Pick<History, "lives" | "recordLives">,
  clock: Pick<Clock, "monotonicMs">,
): (
  facts: Omit<SchedulerFacts, "prices"> & { readonly prices: SchedulerFacts["prices"] | null },
) => Promise<void> {
  let writtenMs = -Infinity;
  let writtenFor: unknown = null;
  return async ({ prices, ...facts }) => {
    if (prices === null) return;
    const isDue = clock.monotonicMs() - writtenMs >= WRITE_EVERY_MS || writtenFor !== prices;
    if (!isDue) return;
    const lives = await schedulerLives(await history.lives(Infinity), { ...facts, prices });
    if (lives.length > 0) await history.recordLives(lives);
    writtenMs = clock.monotonicMs();
    writtenFor = prices;
  };
}
