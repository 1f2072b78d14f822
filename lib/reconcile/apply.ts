/** Carrying out a plan: each action on its own, and what came of it into the memory. @module */

import { asXcoreError, type XcoreError } from "../errors.ts";
import type { Action, Decision, WorkerRef } from "../model/mod.ts";
import { launchNotBeforeMs, type Memory, rememberKept, rememberTerminated } from "../plan/memory.ts";
import { openOffer } from "../plan/offers.ts";
import { type Acting, type Carrier, type Done, namesOf } from "./_carrier.ts";
import { launch, replay, settleByListing } from "./_launch_calls.ts";
import type { Deps } from "./deps.ts";
import { isFresh } from "./lease.ts";
import { type Failures, type Part, withFailure } from "./state.ts";

/** What came of the actions. */
export interface Applied {
  readonly memory: Memory;
  readonly failures: Failures;
  readonly decisions: readonly Decision[];
}

/**
 * Carries out the actions in their order; one that fails does not stop the next. What is left when the lease may be
 * another's is not done: the next tick decides anew.
 */
export async function apply(
  deps: Acting,
  actions: readonly Action[],
  before: { memory: Memory; failures: Failures },
): Promise<Applied> {
  let { memory } = before;
  const errors = new Map<Part, XcoreError | null>();
  const decisions: Decision[] = [];
  for (const action of actions) {
    if (!isFresh(deps.asked, deps.clock)) break;
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
  return kind === "replay" || kind === "settle" ? "launch" : kind;
}

function carryOut(deps: Acting, action: Action, memory: Memory): Promise<Done> {
  switch (action.kind) {
    case "launch":
      return launch(deps, action, memory);
    case "replay":
      return replay(deps, action, memory);
    case "settle":
      return settleByListing(deps, action, memory);
    case "retire":
      return retire(deps, action, memory);
    case "terminate":
      return terminate(deps, action, memory);
    case "cancel":
      return cancel(deps, action, memory);
  }
}

const retire: Carrier<"retire"> = async (deps, { workers, reason }, memory) => {
  const { retired, kept } = await deps.scheduler.retire(workers.map(({ name }) => name), false);
  const keptIds = workers.filter(({ name }) => kept.includes(name)).map(({ id }) => id);
  const told = rememberKept(memory, keptIds, deps.clock.monotonicMs());
  const ended = await end(deps, workers.filter(({ name }) => retired.includes(name)), reason, told);
  return { ...ended, names: retired };
};

/** The scheduler is asked here too: one that has come after all, in the last moment, has work by now and stays. */
const terminate: Carrier<"terminate"> = async (deps, { workers, reason }, memory) => {
  const { busy, kept } = await deps.scheduler.retire(namesOf(workers), false);
  const stay = new Set([...busy, ...kept]);
  return await end(deps, workers.filter(({ name }) => !stay.has(name)), reason, memory);
};

/** Tells instances to end. Those that could not be told are over all the same: they are told again, and serve nobody. */
async function end(
  deps: Deps,
  workers: readonly WorkerRef[],
  reason: string,
  memory: Memory,
): Promise<Done> {
  if (workers.length === 0) return { memory, names: [] };
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

const cancel: Carrier<"cancel"> = async (deps, { workers, reason }, memory) => {
  await deps.scheduler.cancelHeldBy(workers.map(({ name }) => name), reason);
  return { memory, names: namesOf(workers) };
};
