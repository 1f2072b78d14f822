/** What a tick works with: interfaces only, so that a simulation can replace them. @module */

import type { CostSoFar, LeaseTerms, Scheduler } from "../model/mod.ts";
import type { Rules } from "../plan/rules.ts";
import type { ClusterPrices } from "../price/cluster_prices.ts";
import type { Provider } from "../platform/provider.ts";
import type { Clock, Random } from "../runtime.ts";
import type { History } from "../status/history.ts";

/** The daemon's log. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** What a tick works with. */
export interface Deps {
  readonly provider: Provider;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rules: Rules;
  /** What instances cost; null: nothing costs, and no lives are recorded. */
  readonly prices: Pick<ClusterPrices, "workerRate" | "billing"> | null;
  /** What the cluster has cost; null: nothing costs, or no limit needs it. */
  spent(): Promise<CostSoFar | null>;
  /** The lease's holder: the same for every daemon of this home on this machine. */
  readonly daemonId: string;
  /** What the cluster does when no daemon renews the lease. */
  readonly leaseTerms: LeaseTerms;
}
