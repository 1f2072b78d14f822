/**
 * Launch calls. Each is recorded as an attempt before it is made, and its outcome after: the
 * attempt's id is the token that makes a repeated call launch nothing twice.
 * @module
 */

import { asXcoreError, CapacityError, ConflictError, QuotaError, XcoreError } from "../errors.ts";
import type { Action, ActionKind, Attempt, Decision, Instance } from "../model/mod.ts";
import {
  mayPass,
  type Memory,
  rememberLaunched,
  rememberLaunchFailed,
  rememberLost,
  rememberNoCapacity,
  withoutRefused,
} from "../plan/memory.ts";
import { inAllZones, type Offering } from "../plan/offering.ts";
import type { Deps } from "./deps.ts";
import { isFresh, type Moment } from "./lease.ts";
import { type TickState, withFailure } from "./tick_state.ts";

/** What an action needs, and when the snapshot that it rests on was asked for. */
export interface ActionDeps extends Deps {
  readonly asked: Moment;
}

/** Carries out actions of one kind. */
export type Carry<K extends ActionKind> = (
  deps: ActionDeps,
  action: Extract<Action, { kind: K }>,
  memory: Memory,
) => Promise<Done>;

/** The outcome of an action. */
export interface Done {
  readonly memory: Memory;
  /** Names of the workers it concerned; empty when there is nothing to record. */
  readonly names: readonly string[];
  /** Why the action was not carried out, or only in part. */
  readonly error?: XcoreError;
}

/** Bytes of randomness in an attempt's id, so that no two of any cluster are the same. */
const ATTEMPT_ID_BYTES = 12;

/** The answer to a call. */
type Answer =
  | { readonly instances: readonly Instance[] }
  /** This call has launched nothing. */
  | { readonly refusal: XcoreError }
  /** Whether it has launched anything is unknown. */
  | { readonly lost: unknown };

/**
 * A first call. A refusal closes the attempt; after a lost answer it stays open, and the next call
 * has the same token.
 */
export const launch: Carry<"launch"> = (deps, { spec, reason }, memory) =>
  withBackoff(deps, spec.pool, memory, async () => {
    const attempt: Attempt = { ...spec, id: deps.random.hex(ATTEMPT_ID_BYTES), atMs: deps.clock.nowMs() };
    await deps.history.openAttempt(attempt);
    const answer = await call(deps, attempt);
    if (!("refusal" in answer)) return await recordAnswer(deps, attempt, answer, memory, reason);
    const { refusal } = answer;
    await deps.history.closeAttempt(attempt.id, { launched: [], error: refusal.message });
    if (!(refusal instanceof CapacityError || refusal instanceof QuotaError)) throw refusal;
    return { memory: refused(deps, memory, refusal, spec.pool, spec), names: [], error: refusal };
  });

/**
 * The same call again. A refusal leaves the attempt open: the first call may have launched
 * instances anyway.
 */
export const replay: Carry<"replay"> = (deps, { attempt, reason }, memory) =>
  withBackoff(deps, attempt.pool, memory, async () => {
    const answer = await call(deps, attempt);
    if ("refusal" in answer) throw answer.refusal;
    return await recordAnswer(deps, attempt, answer, memory, reason);
  });

/** Closes an attempt whose answer never came, with what a listing shows of it. */
export const closeByListing: Carry<"close"> = async ({ history }, { attempt, launched, reason }, memory) => {
  await history.closeAttempt(attempt.id, { launched, error: reason });
  return { memory, names: attempt.names };
};

async function call(deps: ActionDeps, attempt: Attempt): Promise<Answer> {
  if (!isFresh(deps.asked, deps.clock)) throw tooLate();
  try {
    return await deps.provider.launch(attempt);
  } catch (error) {
    return error instanceof XcoreError ? { refusal: error } : { lost: error };
  }
}

async function recordAnswer(
  deps: Deps,
  attempt: Attempt,
  answer: Exclude<Answer, { refusal: XcoreError }>,
  memory: Memory,
  reason: string,
): Promise<Done> {
  if ("lost" in answer) {
    const nowMs = deps.clock.monotonicMs();
    const waiting = rememberLaunchFailed(memory, attempt.pool, nowMs, deps.random.fraction());
    const error = asXcoreError(answer.lost, "launch workers");
    return { memory: rememberLost(waiting, attempt.id, nowMs), names: [], error };
  }
  const { instances } = answer;
  const launched = instances.map(({ name, id }) => ({ name, id }));
  await deps.history.closeAttempt(attempt.id, { launched, error: null });
  return {
    memory: rememberLaunched(memory, attempt.pool, instances, reason, deps.clock.monotonicMs()),
    names: launched.map(({ name }) => name),
  };
}

/** After a failure, of the platform or the history, the pool's next call waits. */
async function withBackoff(
  deps: Deps,
  pool: string,
  memory: Memory,
  work: () => Promise<Done>,
): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const waiting = rememberLaunchFailed(memory, pool, deps.clock.monotonicMs(), deps.random.fraction());
    return { memory: waiting, names: [], error: asXcoreError(error, "launch workers") };
  }
}

/** Closes the offerings that a refusal is about; or the pool's next call waits, where it may pass. */
function refused(
  deps: Deps,
  memory: Memory,
  error: XcoreError,
  pool: string,
  offering: Offering,
): Memory {
  const nowMs = deps.clock.monotonicMs();
  return error instanceof QuotaError && mayPass(memory, pool)
    ? rememberLaunchFailed(memory, pool, nowMs, deps.random.fraction())
    : rememberNoCapacity(memory, closedBy(deps, error, pool, offering), nowMs);
}

/**
 * A quota limits a type family and purchase option in all zones alike; another offering may fall
 * under another quota.
 */
function closedBy({ rules }: Deps, error: XcoreError, poolName: string, offering: Offering): Offering[] {
  const pool = rules.pools.find(({ name }) => name === poolName);
  return error instanceof QuotaError && pool ? inAllZones(pool, offering) : [offering];
}

/**
 * Takes what the listing says was accepted, and terminated before it ran, for a refused launch, and
 * for no boot that failed, also where it was one until a listing told of it.
 */
export function closeRefused(
  deps: Deps,
  state: Pick<TickState, "listing" | "memory" | "failures">,
): Pick<TickState, "memory" | "failures"> & { readonly decisions: readonly Decision[] } {
  const { workers } = state.memory;
  const neverJoined = (state.listing?.refused ?? []).filter(({ id }) => workers[id]?.joinedMs == null);
  const takenBack = neverJoined.filter(({ id }) => id in workers);
  let { failures, memory } = {
    ...state,
    memory: withoutRefused(state.memory, neverJoined.map(({ id }) => id)),
  };
  const decisions = takenBack.map(({ id, error }): Decision => {
    const { instance } = workers[id]!;
    memory = refused(deps, memory, error, instance.pool, instance);
    failures = withFailure(failures, "launch_failed", error);
    return { atMs: deps.clock.nowMs(), action: "died", names: [instance.name], reason: error.message };
  });
  return { memory, failures, decisions };
}

/** For example, the machine slept after the launch was recorded. */
function tooLate(): ConflictError {
  return new ConflictError(
    "Cannot launch workers: the lease may have expired, and another daemon may hold it",
    "Wait: the daemon tries again once it holds the lease.",
  );
}
