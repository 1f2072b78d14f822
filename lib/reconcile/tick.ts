/** One turn of the loop: observe → plan → apply → record. @module */

import { asXcoreError } from "../errors.ts";
import type { Action } from "../model/mod.ts";
import { plan } from "../plan/plan.ts";
import { apply } from "./apply.ts";
import type { Deps } from "./deps.ts";
import { observe } from "./observe.ts";
import { type Failures, type Part, type TickState, withFailure } from "./state.ts";

/** One turn of the loop. Never rejects for what a scheduler, a provider or a disk may do: that stands in `failures`. */
export async function tick(deps: Deps, before: TickState): Promise<TickState> {
  const { snapshot, state } = await observe(deps, before);
  const { actions, memory } = plan({
    rules: deps.rules,
    snapshot,
    memory: state.memory,
    nowMs: deps.clock.monotonicMs(),
  });
  for (const action of actions) deps.log.info(sentence(action));
  const applied = await apply(deps, actions, { memory, failures: quietParts(state.failures, actions) });
  const failures = await record(deps, applied.decisions, applied.failures);
  tellChanges(deps, before.failures, failures);
  return { ...state, memory: applied.memory, failures };
}

/** What failed once and is no longer asked for is no failure any more. */
function quietParts(failures: Failures, actions: readonly Action[]): Failures {
  const asked = new Set<Part>(actions.map(({ kind }) => kind === "replay" ? "launch" : kind));
  const perAction: Part[] = ["retire", "terminate", "cancel"];
  return perAction.filter((part) => !asked.has(part))
    .reduce((left, part) => withFailure(left, part, null), failures);
}

async function record(
  deps: Deps,
  decisions: Parameters<Deps["journal"]["record"]>[0],
  failures: Failures,
): Promise<Failures> {
  if (decisions.length === 0) return failures;
  try {
    await deps.journal.record(decisions);
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
