/** The lease as its holder understands it: how long it may act, and when others may. @module */

import type { LeaseOutcome } from "../model/mod.ts";
import type { Pace } from "../platform/provider.ts";
import type { Clock } from "../runtime.ts";
import type { Deps } from "./deps.ts";

/** Seconds for which a tick may act on what it was told at its beginning; later the lease may be another's. */
export const ACT_WITHIN_S = 30;

/**
 * Seconds for which the lease is claimed at each tick: as long as its holder may act, and then until the provider lists
 * for everybody what was launched last. So whoever gets the lease next sees all of it.
 */
export function leaseTtlS({ goneAfterS }: Pace): number {
  return ACT_WITHIN_S + goneAfterS;
}

type Claimant = Pick<Deps, "scheduler" | "daemonId" | "leaseTerms" | "provider">;

/** Claims or renews the lease. */
export function claimLease({ scheduler, daemonId, leaseTerms, provider }: Claimant): Promise<LeaseOutcome> {
  return scheduler.lease({ daemonId, ttlS: leaseTtlS(provider.pace), terms: leaseTerms });
}

/** Gives the lease back, so that another daemon need not wait until it lapses; a deaf scheduler will forget it by itself. */
export async function giveBackLease(
  { scheduler, daemonId, leaseTerms, provider }: Claimant,
): Promise<void> {
  const ttlS = provider.pace.goneAfterS; // for the same reason
  await scheduler.lease({ daemonId, ttlS, terms: leaseTerms }).catch(() => {});
}

/** A moment on both clocks: one may stand still while the machine sleeps, people set the other. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** This moment. */
export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

/** Whether what was asked for at that moment may still be acted on. A clock that was set back far tells nothing: it may not. */
export function isFresh(asked: Moment, clock: Clock): boolean {
  const now = momentOf(clock);
  const passedMs = Math.max(now.monotonicMs - asked.monotonicMs, Math.abs(now.wallMs - asked.wallMs));
  return passedMs < ACT_WITHIN_S * 1000;
}
