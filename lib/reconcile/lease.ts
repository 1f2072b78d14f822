/** The lease from its holder's side: how long it may act, and when others may. @module */

import type { BudgetTerms, LeaseOutcome } from "../model/mod.ts";
import type { Pace } from "../platform/provider.ts";
import type { Clock } from "../runtime.ts";
import type { Deps } from "./deps.ts";

/**
 * Seconds for which a tick may act on what it asked for at its beginning; later another daemon may
 * hold the lease.
 */
export const ACT_WITHIN_S = 30;

/**
 * Seconds for which each tick claims the lease: as long as its holder may act, and then until the
 * platform lists everything that was launched last. So the next holder sees all of it.
 */
export function leaseTtlS({ goneAfterS }: Pace): number {
  return ACT_WITHIN_S + goneAfterS;
}

type Claimant = Pick<Deps, "scheduler" | "daemonId" | "leaseTerms" | "provider">;

/**
 * Claims or renews the lease.
 *
 * @param budget what is left of it; undefined: not known yet
 */
export function claimLease(
  { scheduler, daemonId, leaseTerms, provider }: Claimant,
  budget?: BudgetTerms | null,
): Promise<LeaseOutcome> {
  return scheduler.lease({ daemonId, ttlS: leaseTtlS(provider.pace), terms: leaseTerms, budget });
}

/**
 * Gives the lease back, so that another daemon need not wait until it expires. An unreachable
 * scheduler lets it expire.
 */
export async function giveBackLease({ scheduler, daemonId, leaseTerms, provider }: Claimant): Promise<void> {
  const ttlS = provider.pace.goneAfterS; // the next holder has to see what was launched last
  await scheduler.lease({ daemonId, ttlS, terms: leaseTerms }).catch(() => {});
}

/** The lease while this daemon holds it. */
export interface Lease {
  /** Since when; monotonic clock. */
  readonly sinceMs: number;
  /** When this daemon renewed it last. */
  readonly renewed: Moment;
}

/** A moment on both clocks: one may stop while the machine sleeps, users set the other. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** The current moment. */
export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

/**
 * Whether a tick may still act on what it asked for at that moment. It may not after the clock was
 * set back far.
 */
export function isFresh(asked: Moment, clock: Clock): boolean {
  const now = momentOf(clock);
  const passedMs = Math.max(now.monotonicMs - asked.monotonicMs, Math.abs(now.wallMs - asked.wallMs));
  return passedMs < ACT_WITHIN_S * 1000;
}
