/** Carrying out a plan: each action on its own, and what came of it into the memory. @module */

import { asXcoreError, CapacityError, QuotaError, XcoreError } from "../errors.ts";
import type { Action, Attempt, Decision, Instance, LaunchOutcome, WorkerRef } from "../model/mod.ts";
import {
  launchNotBeforeMs,
  type Memory,
  rememberKept,
  rememberLaunched,
  rememberLaunchFailed,
  rememberNoCapacity,
  rememberTerminated,
} from "../plan/memory.ts";
import { openOffer } from "../plan/offers.ts";
import type { Deps } from "./deps.ts";
import { type Failures, type Part, withFailure } from "./state.ts";

/** Bytes of randomness in an attempt's id: no two alike in all clusters of the world. */
const ATTEMPT_ID_BYTES = 12;

/** What came of the actions. */
export interface Applied {
  readonly memory: Memory;
  readonly failures: Failures;
  readonly decisions: readonly Decision[];
}

/** Carries out one action. */
type Carrier<A extends Action> = (deps: Deps, action: A, memory: Memory) => Promise<Done>;

/** What one action did: its memory, and the names it touched (none: it did nothing worth telling). */
interface Done {
  readonly memory: Memory;
  readonly names: readonly string[];
  /** The action was not, or only in part, carried out. */
  readonly error?: XcoreError;
}

/** Carries out the actions in their order; one that fails does not stop the next. */
export async function apply(
  deps: Deps,
  actions: readonly Action[],
  before: { memory: Memory; failures: Failures },
): Promise<Applied> {
  let { memory } = before;
  const errors = new Map<Part, XcoreError | null>();
  const decisions: Decision[] = [];
  for (const action of actions) {
    const part = partOf(action);
    const done = await carryOut(deps, action, memory).catch((error): Done => ({
      memory,
      names: [],
      error: asXcoreError(error, `${part} workers`),
    }));
    memory = done.memory;
    errors.set(part, errors.get(part) ?? done.error ?? null); // another pool's success mends nothing
    if (done.names.length > 0) {
      decisions.push({
        atMs: deps.clock.nowMs(),
        action: action.kind,
        names: done.names,
        reason: action.reason,
      });
    }
  }
  const nowMs = deps.clock.monotonicMs();
  const failures = [...errors].filter(([part, error]) =>
    error !== null || !othersWait(part, deps, memory, nowMs)
  )
    .reduce((all, [part, error]) => withFailure(all, part, error), before.failures);
  return { memory, failures, decisions };
}

/** A launch that went well says nothing of the pools whose launches wait: after a failure, or with no offer left. */
function othersWait(part: Part, { rules: { pools } }: Deps, memory: Memory, nowMs: number): boolean {
  return part === "launch" && pools.some((pool) =>
    nowMs < launchNotBeforeMs(memory, pool.name) ||
    openOffer(pool, memory.noCapacityUntilMs, nowMs) === undefined
  );
}

/** The part of a tick that an action belongs to. */
export function partOf({ kind }: Action): Part {
  return kind === "replay" ? "launch" : kind;
}

function carryOut(deps: Deps, action: Action, memory: Memory): Promise<Done> {
  switch (action.kind) {
    case "launch":
      return launchFailure(deps, action.order.pool, memory, launch(deps, action, memory));
    case "replay": {
      const { attempt, reason } = action;
      return launchFailure(deps, attempt.pool, memory, call(deps, attempt, reason, memory));
    }
    case "retire":
      return retire(deps, action, memory);
    case "terminate":
      return terminate(deps, action, memory);
    case "cancel":
      return cancel(deps, action, memory);
  }
}

type Of<K extends Action["kind"]> = Extract<Action, { kind: K }>;

const launch: Carrier<Of<"launch">> = async (deps, { order, reason }, memory) => {
  const attempt: Attempt = { ...order, id: deps.random.hex(ATTEMPT_ID_BYTES), atMs: deps.clock.nowMs() };
  await deps.journal.openAttempt(attempt);
  return await call(deps, attempt, reason, memory);
};

/** Makes the call. An error that is not an answer leaves the attempt open: it is made again with the same token. */
async function call(deps: Deps, attempt: Attempt, reason: string, memory: Memory): Promise<Done> {
  let outcome: LaunchOutcome;
  try {
    outcome = await deps.provider.launch(attempt);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    await deps.journal.closeAttempt(attempt.id, { ids: [], error: error.message });
    // A quota is one of a type family at a market price: another offer may be under another.
    if (!(error instanceof CapacityError || error instanceof QuotaError)) throw error;
    return { memory: rememberNoCapacity(memory, attempt, deps.clock.monotonicMs()), names: [], error };
  }
  const { instances } = outcome;
  await deps.journal.closeAttempt(attempt.id, { ids: instances.map(({ id }) => id), error: null });
  const launched = rememberLaunched(memory, attempt.pool, instances, reason, deps.clock.monotonicMs());
  return { memory: launched, names: namesOf(instances) };
}

/** The wait before the pool's next call, whatever it was that failed: the provider or the history. */
async function launchFailure(
  deps: Deps,
  pool: string,
  memory: Memory,
  failing: Promise<Done>,
): Promise<Done> {
  try {
    return await failing;
  } catch (error) {
    const waiting = rememberLaunchFailed(memory, pool, deps.clock.monotonicMs());
    return { memory: waiting, names: [], error: asXcoreError(error, "launch workers") };
  }
}

function isAnswer(error: unknown): error is XcoreError {
  return error instanceof XcoreError;
}

const retire: Carrier<Of<"retire">> = async (deps, { workers, reason }, memory) => {
  const { retired, kept } = await deps.scheduler.retire(workers.map(({ name }) => name), false);
  const keptIds = workers.filter(({ name }) => kept.includes(name)).map(({ id }) => id);
  const told = rememberKept(memory, keptIds, deps.clock.monotonicMs());
  const ended = await end(deps, workers.filter(({ name }) => retired.includes(name)), reason, told);
  return { ...ended, names: retired };
};

const terminate: Carrier<Of<"terminate">> = (deps, { workers, reason }, memory) =>
  end(deps, workers, reason, memory);

/** Tells instances to end. Those that could not be told are over all the same: they are told again, and serve nobody. */
async function end(
  deps: Deps,
  workers: readonly WorkerRef[],
  reason: string,
  memory: Memory,
): Promise<Done> {
  const ids = workers.map(({ id }) => id);
  const failure = await deps.provider.terminate(ids).then(
    () => ({}),
    (error) => ({ error: asXcoreError(error, "terminate workers") }),
  );
  return {
    memory: rememberTerminated(memory, ids, reason, deps.clock.monotonicMs()),
    names: "error" in failure ? [] : namesOf(workers),
    ...failure,
  };
}

const cancel: Carrier<Of<"cancel">> = async (deps, { workers, reason }, memory) => {
  await deps.scheduler.cancelHeldBy(workers.map(({ name }) => name), reason);
  return { memory, names: namesOf(workers) };
};

function namesOf(named: readonly Pick<Instance, "name">[]): string[] {
  return named.map(({ name }) => name);
}
