/** What a cluster costs, where no daemon records it: while it is ended, and for a check. @module */

import { leaseTermsOf } from "../config/config.ts";
import { schedulerLives } from "../daemon/scheduler_lives.ts";
import type { Life, Listing, TaskTime, WorkerTime } from "../model/mod.ts";
import { platformOf } from "../platform/platforms.ts";
import { type ClusterPrices, keptPrices } from "../price/cluster_prices.ts";
import type { Billing } from "../price/hourly_cost.ts";
import { ended, type Ledger, ledger } from "../price/ledger.ts";
import { NO_PRICES, withNamedPrices } from "../price/ledger_reader.ts";
import { taskTimesOf } from "../price/task_part.ts";
import { endedUnwatched, livesByListing } from "../reconcile/record_lives.ts";
import { openHistory, pastLives } from "../status/history.ts";
import type { Cluster } from "./cluster.ts";

/** The lives of a cluster's instances, as they become known. */
export interface ClusterLedger {
  /**
   * Takes over a listing of the workers that was asked for just now.
   *
   * @param terminated ids of those that were told to end
   */
  listed(listing: Listing, terminated: readonly string[]): void;
  /** Takes over what is known of the scheduler's machine. */
  readScheduler(answers: boolean): Promise<void>;
  /** Takes over how workers spend their time, as the scheduler reports it now. */
  timed(reported: readonly WorkerTime[]): void;
  /** Nothing of the cluster is there any more. */
  end(): void;
  /**
   * Takes workers that no daemon has seen for long for ended: they end by themselves, whatever runs.
   */
  endUnwatched(): void;
  /** Whether something costs here. */
  readonly costs: boolean;
  /** All lives, the earliest begun first, at the prices that count. */
  lives(): readonly Life[];
  /** What the platform counts. */
  readonly billing: Billing;
  /** Writes what has changed to the history. */
  save(): Promise<void>;
  /** What it has cost up to now. */
  now(): Ledger;
}

/**
 * The ledger of a cluster that no daemon looks after.
 *
 * @param known its prices, if they have been read
 * @throws {XcoreError} the history cannot be read
 */
export async function clusterLedger(
  cluster: Pick<Cluster, "runtime" | "home" | "config" | "provider" | "base">,
  known?: ClusterPrices | null,
): Promise<ClusterLedger> {
  const { runtime, home, config, provider, base } = cluster;
  const extras = platformOf(config).traits.extraPrices;
  const found = known ?? await keptPrices(runtime, home, config, { extras, spot: {}, types: {} });
  const prices = found ?? NO_PRICES;
  const nowMs = () => runtime.clock.nowMs();
  const lives = new Map((await pastLives(runtime, home.history, 0)).map((life) => [life.id, life]));
  const changed = new Set<string>();
  let times: readonly TaskTime[] = [];
  const put = (many: readonly Life[]) => {
    for (const life of many) {
      if (lives.get(life.id) === life) continue;
      lives.set(life.id, life);
      changed.add(life.id);
    }
  };
  const priced = () => withNamedPrices([...lives.values()], prices);
  const open = () => [...lives.values()].filter(({ endedMs }) => endedMs === null);
  return {
    listed(listing, terminated) {
      const deps = { prices, provider, leaseTerms: leaseTermsOf(config) };
      put(livesByListing(deps, open(), { listing, listedMs: nowMs(), terminated }));
    },
    async readScheduler(answers) {
      put(await schedulerLives(open(), { base, config, prices, nowMs: nowMs(), answers }));
    },
    timed(reported) {
      times = taskTimesOf(reported, [...lives.values()], nowMs());
    },
    endUnwatched() {
      const deps = { provider, leaseTerms: leaseTermsOf(config) };
      put(open().map((life) => endedUnwatched(deps, life, nowMs())));
    },
    costs: found !== null,
    lives: priced,
    billing: prices.billing,
    end: () => put(open().map((life) => ended(life, nowMs()))),
    async save() {
      if (changed.size === 0 && times.length === 0) return;
      await runtime.files.create(home.history, "").catch(() => false); // its owner's alone
      const history = openHistory(home.history);
      try {
        await history.recordLives([...changed].map((id) => lives.get(id)!));
        changed.clear();
        await history.recordTaskTimes(times);
        times = [];
      } finally {
        history.close();
      }
    },
    now: () => ledger(priced(), { nowMs: nowMs(), minimumS: prices.billing.minimumS }),
  };
}
