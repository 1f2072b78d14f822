/**
 * Observes: asks the scheduler, claims the lease, lists the instances, reads the history.
 * @module
 */

import { ConflictError, type Outcome, outcome, valueOf, XcoreError } from "../errors.ts";
import { type Instance, type ProblemCode, PROBLEMS, type Snapshot } from "../model/mod.ts";
import type { Memory } from "../plan/memory.ts";
import { budgetTerms } from "../plan/money_limits.ts";
import { workersOf } from "../plan/worker.ts";
import type { PastLaunch } from "../status/history.ts";
import { zoneSilent } from "../status/problems_of.ts";
import type { Deps } from "./deps.ts";
import { claimLease, isFresh, type Moment, momentOf } from "./lease.ts";
import { type Lives, readLives, unseenUsd } from "./record_lives.ts";
import { type TickState, withFailure } from "./tick_state.ts";

/** A snapshot, and the state after it. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly state: TickState;
  /** When the tick began to ask. */
  readonly asked: Moment;
}

/** Asks all of them; one that does not answer does not affect the others' answers. */
export async function observe(deps: Deps, before: TickState): Promise<Observation> {
  const asked = momentOf(deps.clock);
  const reporting = outcome("ask the scheduler", deps.scheduler.report());
  // A daemon that gets the lease lists after that, so that it sees what others launched under it.
  const keeps = before.lease !== null && isFresh(before.lease.renewed, deps.clock) ? before.lease : null;
  // After a sleep of this machine the sum is an old one.
  const isOld = keeps === null && deps.rules.moneyLimits?.budget;
  const budget = isOld ? undefined : budgetOf(deps, before);
  const first = keeps === null ? await outcome("claim the lease", claimLease(deps, budget)) : null;
  const askedAtMs = deps.clock.monotonicMs();
  const isNew = first !== null && valueOf(first)?.granted === true;
  const listsNow = isNew || askedAtMs - before.listAskedAtMs >= listEveryS(deps, before) * 1000;
  const [report, lease, listing, past, cost] = await Promise.all([
    reporting,
    first ?? outcome("claim the lease", claimLease(deps, budget)),
    listsNow ? outcome("list the instances", deps.provider.list()) : null,
    outcome("read the history", readHistory(deps, before)),
    outcome("add up what the cluster has cost", deps.spent()),
  ]);

  let failures = before.failures;
  const note = (code: ProblemCode, result: Outcome<unknown>) => {
    failures = withFailure(failures, code, "error" in result ? result.error : null);
  };
  note("scheduler_unreachable", report);
  note("history_unwritable", "error" in past ? past : cost);
  if (listing !== null) {
    note("provider_unreachable", listing);
    failures = withFailure(failures, "zone_silent", zoneSilent(valueOf(listing)));
  }
  // An unreachable scheduler does not show who holds the lease.
  failures = withFailure(failures, "lease_held", "error" in report ? null : leaseFailure(lease));

  const held = valueOf(lease)?.granted ?? false;
  const listed = listing !== null && "value" in listing;
  const spent = valueOf(cost);
  const lives = valueOf(past)?.lives ?? before.lives;
  const state: TickState = {
    ...before,
    failures,
    report: valueOf(report),
    listing: listed ? listing.value : before.listing,
    listedAtMs: listed ? askedAtMs : before.listedAtMs,
    listAskedAtMs: listsNow ? askedAtMs : before.listAskedAtMs,
    lease: held ? { sinceMs: keeps?.sinceMs ?? askedAtMs, renewed: asked } : null,
    memory: {
      ...before.memory,
      listedUnderLease: before.memory.listedUnderLease && !isNew,
      bootS: valueOf(past)?.bootS ?? before.memory.bootS,
    },
    historyRead: before.historyRead || "value" in past,
    lives,
    spent: spent && { ...spent, unseenUsd: unseenUsd(deps, lives, listed ? listing.value : null) },
    tickedAtMs: deps.clock.nowMs(),
  };
  const snapshot: Snapshot = {
    scheduler: state.report,
    listing: state.listing,
    listedAtMs: state.listedAtMs,
    openAttempts: valueOf(past)?.openAttempts ?? [],
    launchedBefore: valueOf(past)?.launchedBefore ?? [],
    spent: state.spent,
    // Without a history no launch can be recorded first, so the plan must not act.
    leaseHeld: state.lease !== null && state.listedAtMs >= state.lease.sinceMs && "value" in past,
  };
  return { snapshot, state, asked };
}

/** What is left of it by the last tick. */
function budgetOf({ rules }: Deps, { memory, report, spent }: TickState) {
  const costing = { workers: workersOf(memory, report), openAttempts: [], spent };
  return budgetTerms(rules, costing, memory.reachedBudget);
}

/** What the history tells a tick. */
interface Past extends Pick<Snapshot, "openAttempts" | "launchedBefore"> {
  /** How long boots took, for a daemon that has just started; else null. */
  readonly bootS: Memory["bootS"] | null;
  /** Null: nothing costs. */
  readonly lives: Lives | null;
}

/**
 * What the history knows of instances that a listing may lack. Earlier launches are read once.
 * Their recorded time is no criterion: a call may be made long after it was recorded, and users set
 * the clock.
 */
async function readHistory(
  { history, prices }: Deps,
  { historyRead, lives: known }: TickState,
): Promise<Past> {
  const openAttempts = await history.openAttempts();
  const lives = prices === null ? known : known ?? await readLives({ history });
  if (historyRead) return { openAttempts, launchedBefore: [], bootS: null, lives };
  const launches = await history.launched();
  return { openAttempts, launchedBefore: launches.flatMap(instancesOf), bootS: await history.boots(), lives };
}

/**
 * The instances as if they were new: each gets its whole boot timeout, whatever the clock has shown
 * meanwhile.
 */
function instancesOf({ attempt, launched }: PastLaunch): Instance[] {
  const { id: attemptId, pool, type, accelerator, zone, market } = attempt;
  return launched.map((ref) => ({
    ...{ ...ref, attemptId, pool, type, accelerator, zone, market, state: "pending", ageS: 0, address: null },
  }));
}

function listEveryS({ provider }: Deps, { memory, report, listing, failures }: TickState): number {
  const isSteady = listing !== null && failures.provider_unreachable === undefined &&
    workersOf(memory, report).every(({ state }) => state === "running");
  return isSteady ? provider.pace.listWhenSteadyS : provider.pace.listWhenChangingS;
}

function leaseFailure(lease: Outcome<{ granted: boolean; holder: string | null }>): XcoreError | null {
  if ("error" in lease) return lease.error;
  const answer = lease.value;
  if (answer.granted) return null;
  return new ConflictError(
    `Another daemon holds the cluster's lease: ${answer.holder ?? "it has not said which"}`,
    PROBLEMS.lease_held.hint,
  );
}
