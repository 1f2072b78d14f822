/** One turn of the loop: observe → plan → apply → record. @module */

import { asXcoreError } from "../errors.ts";
import type { Action } from "../model/mod.ts";
import { launchesWait, type Memory } from "../plan/memory.ts";
import { plan } from "../plan/plan.ts";
import { apply, partOf } from "./apply.ts";
import type { Deps } from "./deps.ts";
import { observe } from "./observe.ts";
import { type Failures, type Part, type TickState, withFailure } from "./state.ts";

/** One turn of the loop. Never rejects for what a scheduler, a provider or a disk may do: that stands in `failures`. */
export async function tick(deps: Deps, before: TickState): Promise<TickState> {
  const { snapshot, state, asked } = await observe(deps, before);
  const { actions, memory } = plan({
    rules: deps.rules,
    snapshot,
    memory: state.memory,
    nowMs: deps.clock.monotonicMs(),
  });
  for (const action of actions) deps.log.info(sentence(action));
  const failures = quietParts(state.failures, { actions, memory, nowMs: deps.clock.monotonicMs() });
  const applied = await apply({ ...deps, asked }, actions, { memory, failures });
  const gone = Object.keys(state.memory.workers).filter((id) => !(id in applied.memory.workers));
  const recorded = await record(deps, applied.decisions, gone, applied.failures);
  tellChanges(deps, before.failures, recorded);
  return { ...state, memory: applied.memory, failures: recorded };
}

/** What failed once, is no longer asked for, and does not just wait to be tried again, is no failure any more. */
function quietParts(
  failures: Failures,
  { actions, memory, nowMs }: { actions: readonly Action[]; memory: Memory; nowMs: number },
): Failures {
  const asked = new Set<Part>(actions.map(partOf));
  const waits: Partial<Record<Part, boolean>> = {
    launch: launchesWait(memory, nowMs),
    terminate: Object.values(memory.workers).some(({ terminatedMs }) => terminatedMs !== null),
  };
  const perAction: Part[] = ["launch", "retire", "terminate", "cancel"];
  return perAction.filter((part) => !asked.has(part) && waits[part] !== true)
    .reduce((left, part) => withFailure(left, part, null), failures);
}

async function record(
  deps: Deps,
  decisions: Parameters<Deps["journal"]["record"]>[0],
  gone: readonly string[],
  failures: Failures,
): Promise<Failures> {
  try {
    if (decisions.length > 0) await deps.journal.record(decisions);
    if (gone.length > 0) await deps.journal.forget(gone);
    return failures;
  } catch (error) {
    return withFailure(failures, "history", asXcoreError(error, "write the history"));
  }
}

/** An action as the log tells it. */
export function sentence(action: Action): string {
  switch (action.kind) {
    case "launch":
      return `launch ${
        action.order.names.join(", ")
      } (${action.order.pool}, ${action.order.type}): ${action.reason}`;
    case "replay":
      return `launch ${action.attempt.names.join(", ")} again: ${action.reason}`;
    case "settle":
      return `close the launch of ${action.attempt.names.join(", ")}: ${action.reason}`;
    default:
      return `${action.kind} ${action.workers.map(({ name }) => name).join(", ")}: ${action.reason}`;
  }
}

function tellChanges(deps: Deps, before: Failures, after: Failures): void {
  for (const part of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<Part>) {
    const [was, is] = [before[part]?.message, after[part]?.message];
    if (is !== undefined && is !== was) deps.log.warn(is);
    if (is === undefined && was !== undefined) deps.log.info(`no longer: ${was}`);
  }
}
