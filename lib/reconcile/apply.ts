/**
 * Carries out a plan's actions, each on its own, and records their outcome in the memory.
 * @module
 */

import { asXcoreError, SchedulerError, type XcoreError } from "../errors.ts";
import type { Action, ActionKind, Decision, ProblemCode, WorkerRef } from "../model/mod.ts";
import {
  HOLDS_RESULTS,
  launchNotBeforeMs,
  type Memory,
  rememberKept,
  rememberReason,
  rememberServing,
  rememberTerminated,
} from "../plan/memory.ts";
import { openOffering } from "../plan/offering.ts";
import type { Failures } from "../status/problems_of.ts";
import type { Deps } from "./deps.ts";
import { type ActionDeps, type Carry, closeByListing, type Done, launch, replay } from "./launch.ts";
import { isFresh } from "./lease.ts";
import { withFailure } from "./tick_state.ts";

/** The problem that a failed action is. */
export const FAILURE_CODES = {
  launch: "launch_failed",
  replay: "launch_failed",
  close: "launch_failed",
  retire: "retire_failed",
  drain: "retire_failed",
  undrain: "retire_failed",
  terminate: "terminate_failed",
  cancel: "cancel_failed",
} as const satisfies Record<ActionKind, ProblemCode>;

/** A problem that a failed action is. */
export type ActionFailure = typeof FAILURE_CODES[ActionKind];

/** The outcome of the actions. */
export interface Applied {
  readonly memory: Memory;
  readonly failures: Failures;
  readonly decisions: readonly Decision[];
}

/** Actions that begin with a question to the scheduler. */
const ASKS_SCHEDULER: ReadonlySet<ActionKind> = new Set([
  "retire",
  "drain",
  "undrain",
  "terminate",
  "cancel",
]);

/**
 * Carries out the actions in their order; one that fails does not stop the next. A scheduler that
 * has not answered is asked nothing more, so that the others have their time. Once the lease may
 * have expired the rest is dropped. The next tick plans anew.
 */
export async function apply(
  deps: ActionDeps,
  actions: readonly Action[],
  before: { memory: Memory; failures: Failures },
): Promise<Applied> {
  let { memory } = before;
  const errors = new Map<ActionFailure, XcoreError | null>();
  const decisions: Decision[] = [];
  let schedulerAnswers = true;
  for (const action of actions) {
    if (!isFresh(deps.asked, deps.clock)) break;
    if (!schedulerAnswers && ASKS_SCHEDULER.has(action.kind)) continue;
    const code = FAILURE_CODES[action.kind];
    const done = await carryOut(deps, action, memory).catch((error): Done => ({
      memory,
      names: [],
      error: asXcoreError(error, `${VERBS[code]} workers`),
    }));
    memory = done.memory;
    if (done.error instanceof SchedulerError) schedulerAnswers = false;
    errors.set(code, errors.get(code) ?? done.error ?? null); // one pool's success does not fix another's failure
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
  const failures = [...errors]
    .filter(([code, error]) => error !== null || !othersWait(code, deps, memory, nowMs))
    .reduce((all, [code, error]) => withFailure(all, code, error), before.failures);
  return { memory, failures, decisions };
}

const VERBS: Readonly<Record<ActionFailure, string>> = {
  launch_failed: "launch",
  retire_failed: "retire",
  terminate_failed: "terminate",
  cancel_failed: "cancel",
};

/**
 * A successful launch does not show that other pools' launches succeed: they may wait after a
 * failure or for capacity.
 */
function othersWait(code: ActionFailure, { rules: { pools } }: Deps, memory: Memory, nowMs: number): boolean {
  return code === "launch_failed" && pools.some((pool) =>
    nowMs < launchNotBeforeMs(memory, pool.name) ||
    openOffering(pool, memory.noCapacityUntilMs, nowMs) === undefined
  );
}

function carryOut(deps: ActionDeps, action: Action, memory: Memory): Promise<Done> {
  switch (action.kind) {
    case "launch":
      return launch(deps, action, memory);
    case "replay":
      return replay(deps, action, memory);
    case "close":
      return closeByListing(deps, action, memory);
    case "retire":
      return retire(deps, action, memory);
    case "drain":
    case "undrain":
      return drain(deps, action, memory);
    case "terminate":
      return terminate(deps, action, memory);
    case "cancel":
      return cancel(deps, action, memory);
  }
}

const retire: Carry<"retire"> = async (deps, { workers, reason }, memory) => {
  const { retired, kept, reasons } = await deps.scheduler.retire(namesOf(workers), false);
  const nowMs = deps.clock.monotonicMs();
  const withKept = workers.filter(({ name }) => kept.includes(name)).reduce(
    (known, { id, name }) => rememberKept(known, id, reasons[name] ?? HOLDS_RESULTS, nowMs),
    memory,
  );
  const done = await end(deps, workers.filter(({ name }) => retired.includes(name)), reason, withKept);
  return { ...done, names: retired };
};

const drain: Carry<"drain" | "undrain"> = async (deps, { kind, workers, reason }, memory) => {
  const names = namesOf(workers);
  await deps.scheduler.drain(names, kind === "drain");
  return { memory: rememberReason(memory, workers.map(({ id }) => id), reason), names };
};

/**
 * Asks the scheduler first: a worker that joined at the last moment may have tasks by now, and
 * stays; so may one that an earlier call has not ended, and serves again. With `force` it is told so,
 * and ends.
 */
const terminate: Carry<"terminate"> = async (deps, { workers, reason, force }, memory) => {
  const asked = workers.filter((worker) => !isAnothersName(worker, memory));
  if (force) {
    // Tasks of one that is drained are not blamed for its end; one that cannot be told so ends anyway.
    if (asked.length > 0) await deps.scheduler.drain(namesOf(asked), true).catch(() => {});
    return await end(deps, workers, reason, memory);
  }
  const outcome = asked.length > 0 ? await deps.scheduler.retire(namesOf(asked), false) : null;
  const staying = new Set(outcome === null ? [] : [...outcome.busy, ...outcome.kept]);
  const stays = (worker: WorkerRef) => asked.includes(worker) && staying.has(worker.name);
  const serving = rememberServing(memory, workers.filter(stays).map(({ id }) => id));
  return await end(deps, workers.filter((worker) => !stays(worker)), reason, serving);
};

/**
 * Whether the worker that is registered by this name is on another instance: the name was used again
 * before this one was known to be gone.
 */
function isAnothersName({ id, name }: WorkerRef, { workers }: Memory): boolean {
  return Object.entries(workers).some(([other, { instance, joinedMs, leftMs }]) =>
    other !== id && instance.name === name && joinedMs !== null && leftMs === null
  );
}

/**
 * Terminates instances. If the call fails they still count as stopping, and a later tick terminates
 * them again.
 */
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
    memory: rememberTerminated(memory, ids, reason, deps.clock.monotonicMs(), "error" in failure),
    names: "error" in failure ? [] : namesOf(workers),
    ...failure,
  };
}

const cancel: Carry<"cancel"> = async (deps, { workers, reason }, memory) => {
  const names = namesOf(workers);
  const cancelled = await deps.scheduler.cancelHeldBy(names, reason);
  return { memory, names: cancelled > 0 ? names : [] };
};

function namesOf(workers: readonly WorkerRef[]): string[] {
  return workers.map(({ name }) => name);
}
