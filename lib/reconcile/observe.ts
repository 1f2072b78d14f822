/** Asking everybody: the scheduler, the lease, the provider, the journal. @module */

import { asXcoreError, ConflictError, XcoreError } from "../errors.ts";
import type { Snapshot } from "../model/mod.ts";
import { membersOf } from "../plan/member.ts";
import type { Deps } from "./deps.ts";
import { type Part, type TickState, withFailure } from "./state.ts";

/** Seconds for which the lease is claimed at each tick; a daemon that is killed is missed no longer than this. */
export const LEASE_TTL_S = 30;

/** A snapshot, and the state with what was learned. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly state: TickState;
}

/** Asks everybody, each on its own: one that does not answer leaves the others' answers standing. */
export async function observe(deps: Deps, before: TickState): Promise<Observation> {
  const { daemonId, leaseTerms: terms } = deps;
  const askedAtMs = deps.clock.monotonicMs();
  const listsNow = askedAtMs - before.listAskedAtMs >= listEveryS(deps, before) * 1000;
  const [report, lease, listing, attempts] = await Promise.all([
    outcome("ask the scheduler", deps.scheduler.report()),
    outcome("claim the lease", deps.scheduler.lease({ daemonId, ttlS: LEASE_TTL_S, terms })),
    listsNow ? outcome("list the instances", deps.provider.list()) : null,
    outcome("read the history", deps.journal.openAttempts()),
  ]);

  let failures = before.failures;
  const note = (part: Part, result: Outcome<unknown>) => {
    failures = withFailure(failures, part, "error" in result ? result.error : null);
  };
  note("scheduler", report);
  note("history", attempts);
  if (listing !== null) note("listing", listing);
  // A deaf scheduler is a failure of its own, and says nothing of the lease.
  failures = withFailure(failures, "lease", "error" in report ? null : leaseFailure(lease));

  const listed = listing !== null && "value" in listing;
  const state: TickState = {
    ...before,
    failures,
    report: valueOf(report),
    listing: listed ? listing.value : before.listing,
    listedAtMs: listed ? askedAtMs : before.listedAtMs,
    listAskedAtMs: listsNow ? askedAtMs : before.listAskedAtMs,
    leaseHeld: valueOf(lease)?.granted ?? false,
    tickedAtMs: deps.clock.nowMs(),
  };
  const snapshot: Snapshot = {
    scheduler: state.report,
    listing: state.listing,
    listedAtMs: state.listedAtMs,
    inFlight: valueOf(attempts) ?? [],
    // With no history there is no write-ahead, and so no launch: as good as no lease.
    leaseHeld: state.leaseHeld && "value" in attempts,
  };
  return { snapshot, state };
}

function listEveryS({ provider }: Deps, { memory, report, listing, failures }: TickState): number {
  const settled = listing !== null && failures.listing === undefined &&
    membersOf(memory, report).every(({ phase }) => phase === "running");
  return settled ? provider.pace.listWhenSteadyS : provider.pace.listWhenChangingS;
}

function leaseFailure(lease: Outcome<{ granted: boolean; holder: string | null }>): XcoreError | null {
  if ("error" in lease) return lease.error;
  const answer = lease.value;
  if (answer.granted) return null;
  return new ConflictError(
    `Cannot look after the cluster: ${answer.holder ?? "another daemon"} does`,
    "Stop the other daemon with `xcore daemon stop` where it runs, or wait until its lease has lapsed.",
  );
}

type Outcome<T> = { readonly value: T } | { readonly error: XcoreError };

async function outcome<T>(doing: string, promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: asXcoreError(error, doing) };
  }
}

function valueOf<T>(result: Outcome<T>): T | null {
  return "value" in result ? result.value : null;
}
