/** Asking everybody: the scheduler, the lease, the provider, the journal. @module */

import { asXcoreError, ConflictError, XcoreError } from "../errors.ts";
import type { Instance, Snapshot } from "../model/mod.ts";
import { membersOf } from "../plan/member.ts";
import type { PastLaunch } from "../status/journal.ts";
import type { Deps } from "./deps.ts";
import { claimLease, isFresh, type Moment, momentOf } from "./lease.ts";
import { type Part, type TickState, withFailure } from "./state.ts";

/** A snapshot, and the state with what was learned. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly state: TickState;
  /** When everybody was asked. */
  readonly asked: Moment;
}

/** Asks everybody, each on its own: one that does not answer leaves the others' answers standing. */
export async function observe(deps: Deps, before: TickState): Promise<Observation> {
  const asked = momentOf(deps.clock);
  const reporting = outcome("ask the scheduler", deps.scheduler.report());
  // Who gets the lease looks after that: what others did under it is to be seen.
  const keeps = before.lease !== null && isFresh(before.lease.renewed, deps.clock) ? before.lease : null;
  const first = keeps === null ? await outcome("claim the lease", claimLease(deps)) : null;
  const askedAtMs = deps.clock.monotonicMs();
  const isNew = first !== null && valueOf(first)?.granted === true;
  const listsNow = isNew || askedAtMs - before.listAskedAtMs >= listEveryS(deps, before) * 1000;
  const [report, lease, listing, past] = await Promise.all([
    reporting,
    first ?? outcome("claim the lease", claimLease(deps)),
    listsNow ? outcome("list the instances", deps.provider.list()) : null,
    outcome("read the history", history(deps, before)),
  ]);

  let failures = before.failures;
  const note = (part: Part, result: Outcome<unknown>) => {
    failures = withFailure(failures, part, "error" in result ? result.error : null);
  };
  note("scheduler", report);
  note("history", past);
  if (listing !== null) note("listing", listing);
  // A deaf scheduler is a failure of its own, and says nothing of the lease.
  failures = withFailure(failures, "lease", "error" in report ? null : leaseFailure(lease));

  const held = valueOf(lease)?.granted ?? false;
  const listed = listing !== null && "value" in listing;
  const state: TickState = {
    ...before,
    failures,
    report: valueOf(report),
    listing: listed ? listing.value : before.listing,
    listedAtMs: listed ? askedAtMs : before.listedAtMs,
    listAskedAtMs: listsNow ? askedAtMs : before.listAskedAtMs,
    lease: held ? { sinceMs: keeps?.sinceMs ?? askedAtMs, renewed: asked } : null,
    memory: isNew ? { ...before.memory, surveyed: false } : before.memory,
    recalled: before.recalled || "value" in past,
    tickedAtMs: deps.clock.nowMs(),
  };
  const snapshot: Snapshot = {
    scheduler: state.report,
    listing: state.listing,
    listedAtMs: state.listedAtMs,
    inFlight: valueOf(past)?.inFlight ?? [],
    recalled: valueOf(past)?.recalled ?? [],
    // With no history there is no write-ahead, and so no launch: as good as no lease.
    leaseHeld: state.lease !== null && state.listedAtMs >= state.lease.sinceMs && "value" in past,
  };
  return { snapshot, state, asked };
}

/**
 * What the history knows of instances that a listing may lack: of earlier launches it has to be asked once. How long ago
 * they were is nothing to go by: a call may be made long after it was written down, and people set the clock.
 */
async function history(
  { journal }: Deps,
  { recalled }: TickState,
): Promise<Pick<Snapshot, "inFlight" | "recalled">> {
  const inFlight = await journal.openAttempts();
  if (recalled) return { inFlight, recalled: [] };
  const launches = await journal.launched();
  return { inFlight, recalled: launches.flatMap(instancesOf) };
}

/** As if they were new: each has all the time to join, whatever the clock has said meanwhile. */
function instancesOf({ attempt, launched }: PastLaunch): Instance[] {
  const { id: attemptId, pool, type, accelerator, zone, market } = attempt;
  return launched.map((ref) => ({
    ...{ ...ref, attemptId, pool, type, accelerator, zone, market, state: "pending", ageS: 0, address: null },
  }));
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
