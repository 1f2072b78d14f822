/** Launch calls: each written down before it is made, and then what came of it. @module */

import { asXcoreError, CapacityError, ConflictError, QuotaError, XcoreError } from "../errors.ts";
import type { Attempt, Instance } from "../model/mod.ts";
import {
  type Memory,
  rememberLaunched,
  rememberLaunchFailed,
  rememberLost,
  rememberNoCapacity,
} from "../plan/memory.ts";
import { inAllZones } from "../plan/offers.ts";
import { type Acting, type Carrier, type Done, namesOf } from "./_carrier.ts";
import type { Deps } from "./deps.ts";
import { isFresh } from "./lease.ts";

/** Bytes of randomness in an attempt's id: no two alike in all clusters of the world. */
const ATTEMPT_ID_BYTES = 12;

/** What a call came to. */
type Answer =
  | { readonly instances: readonly Instance[] }
  /** This call has launched nothing. */
  | { readonly refusal: XcoreError }
  /** Whether it has launched something is open. */
  | { readonly lost: unknown };

/** A first call. A refusal is the end of it; one that had no answer stays open, and is made again with the same token. */
export const launch: Carrier<"launch"> = (deps, { order, reason }, memory) =>
  orWait(deps, order.pool, memory, async () => {
    const attempt: Attempt = { ...order, id: deps.random.hex(ATTEMPT_ID_BYTES), atMs: deps.clock.nowMs() };
    await deps.journal.openAttempt(attempt);
    const answer = await call(deps, attempt);
    if (!("refusal" in answer)) return await settle(deps, attempt, answer, memory, reason);
    const { refusal } = answer;
    await deps.journal.closeAttempt(attempt.id, { launched: [], error: refusal.message });
    if (!(refusal instanceof CapacityError || refusal instanceof QuotaError)) throw refusal;
    // A quota is one of a type family at a market price, the same in all zones: another offer may be under another.
    const pool = deps.rules.pools.find(({ name }) => name === order.pool);
    const closed = refusal instanceof QuotaError && pool ? inAllZones(pool, order) : [order];
    return {
      memory: rememberNoCapacity(memory, closed, deps.clock.monotonicMs()),
      names: [],
      error: refusal,
    };
  });

/** The call again. That it is refused now says nothing of the first one, which may have been carried out. */
export const replay: Carrier<"replay"> = (deps, { attempt, reason }, memory) =>
  orWait(deps, attempt.pool, memory, async () => {
    const answer = await call(deps, attempt);
    if ("refusal" in answer) throw answer.refusal;
    return await settle(deps, attempt, answer, memory, reason);
  });

/** The end of a call whose answer never came. */
export const settleByListing: Carrier<"settle"> = async (
  { journal },
  { attempt, launched, reason },
  memory,
) => {
  await journal.closeAttempt(attempt.id, { launched, error: reason });
  return { memory, names: attempt.names };
};

async function call(deps: Acting, attempt: Attempt): Promise<Answer> {
  if (!isFresh(deps.asked, deps.clock)) throw tooLate();
  try {
    return await deps.provider.launch(attempt);
  } catch (error) {
    return error instanceof XcoreError ? { refusal: error } : { lost: error };
  }
}

async function settle(
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
  await deps.journal.closeAttempt(attempt.id, { launched, error: null });
  return {
    memory: rememberLaunched(memory, attempt.pool, instances, reason, deps.clock.monotonicMs()),
    names: namesOf(instances),
  };
}

/** What fails, be it the provider or the history, is waited after before the pool's next call. */
async function orWait(deps: Deps, pool: string, memory: Memory, work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const waiting = rememberLaunchFailed(memory, pool, deps.clock.monotonicMs(), deps.random.fraction());
    return { memory: waiting, names: [], error: asXcoreError(error, "launch workers") };
  }
}

/** The machine slept, say, after the launch was written down. */
function tooLate(): ConflictError {
  return new ConflictError(
    "Cannot launch workers: another daemon may have taken over meanwhile",
    "Wait: it is tried again as soon as that is known.",
  );
}
