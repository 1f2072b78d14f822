/** What a tick works with: interfaces only, so that a simulation can hand it others. @module */

import type { LeaseTerms, Scheduler } from "../model/mod.ts";
import type { Rules } from "../plan/rules.ts";
import type { Provider } from "../platform/provider.ts";
import type { Clock, Random } from "../runtime.ts";
import type { Journal } from "../status/journal.ts";

/** Where a tick says what it does. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** What a tick works with. */
export interface Deps {
  readonly provider: Provider;
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rules: Rules;
  /** Who claims the lease: the same for every daemon of this home on this machine. */
  readonly daemonId: string;
  /** What becomes of the cluster when this daemon is gone. */
  readonly leaseTerms: LeaseTerms;
}
