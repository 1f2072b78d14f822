/** Carrying out a plan: each action on its own, and what came of it into the memory. @module */

import { asXcoreError, CapacityError, XcoreError } from "../errors.ts";
import type { Action, Attempt, Decision, Instance, LaunchOutcome } from "../model/mod.ts";
import {
  type Memory,
  rememberKept,
  rememberLaunched,
  rememberLaunchFailed,
  rememberNoCapacity,
  rememberTerminated,
} from "../plan/memory.ts";
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
  /** The action was carried out in part. */
  readonly error?: XcoreError;
}

/** Carries out the actions in their order; one that fails does not stop the next. */
export async function apply(
  deps: Deps,
  actions: readonly Action[],
  before: { memory: Memory; failures: Failures },
): Promise<Applied> {
  let { memory, failures } = before;
  const decisions: Decision[] = [];
  for (const action of actions) {
    const part: Part = action.kind === "replay" ? "launch" : action.kind;
    const done = await carryOut(deps, action, memory).catch((error): Done => ({
      memory: part === "launch" ? rememberLaunchFailed(memory, deps.clock.monotonicMs()) : memory,
      names: [],
      error: asXcoreError(error, `${part} workers`),
    }));
    memory = done.memory;
    failures = withFailure(failures, part, done.error ?? null);
    if (done.names.length > 0) {
      decisions.push({
        atMs: deps.clock.nowMs(),
        action: action.kind,
        names: done.names,
        reason: action.reason,
      });
    }
  }
  return { memory, failures, decisions };
}

function carryOut(deps: Deps, action: Action, memory: Memory): Promise<Done> {
  switch (action.kind) {
    case "launch":
      return launch(deps, action, memory);
    case "replay":
      return call(deps, action.attempt, action.reason, memory);
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
    const nowMs = deps.clock.monotonicMs();
    if (error instanceof CapacityError) {
      return { memory: rememberNoCapacity(memory, attempt, nowMs), names: [], error };
    }
    return { memory: rememberLaunchFailed(memory, nowMs), names: [], error };
  }
  const { instances } = outcome;
  await deps.journal.closeAttempt(attempt.id, { ids: instances.map(({ id }) => id), error: null });
  const launched = rememberLaunched(memory, instances, reason, deps.clock.monotonicMs());
  return { memory: launched, names: namesOf(instances) };
}

function isAnswer(error: unknown): error is XcoreError {
  return error instanceof XcoreError;
}

const retire: Carrier<Of<"retire">> = async (deps, { workers, reason }, memory) => {
  const { retired, kept } = await deps.scheduler.retire(workers.map(({ name }) => name), false);
  const idsOf = (names: readonly string[]) =>
    workers.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  const told = rememberKept(memory, idsOf(kept), deps.clock.monotonicMs());
  await deps.provider.terminate(idsOf(retired));
  return {
    memory: rememberTerminated(told, idsOf(retired), reason, deps.clock.monotonicMs()),
    names: retired,
  };
};

const terminate: Carrier<Of<"terminate">> = async (deps, { workers, reason }, memory) => {
  const ids = workers.map(({ id }) => id);
  await deps.provider.terminate(ids);
  return {
    memory: rememberTerminated(memory, ids, reason, deps.clock.monotonicMs()),
    names: namesOf(workers),
  };
};

const cancel: Carrier<Of<"cancel">> = async (deps, { workers, reason }, memory) => {
  await deps.scheduler.cancelHeldBy(workers.map(({ name }) => name), reason);
  return { memory, names: namesOf(workers) };
};

function namesOf(named: readonly Pick<Instance, "name">[]): string[] {
  return named.map(({ name }) => name);
}
