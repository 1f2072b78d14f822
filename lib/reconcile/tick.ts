/** The loop, and one turn of it: observe → plan → apply → record. @module */

import { asXcoreError, outcome, valueOf } from "../errors.ts";
import type { Action, Decision, ProblemCode } from "../model/mod.ts";
import { launchesWait, type Memory } from "../plan/memory.ts";
import { plan } from "../plan/plan.ts";
import type { Clock } from "../runtime.ts";
import type { Failures } from "../status/problems_of.ts";
import { type ActionFailure, apply, FAILURE_CODES } from "./apply.ts";
import { newDeaths, restartOf } from "./deaths.ts";
import type { Deps } from "./deps.ts";
import { closeRefused } from "./launch.ts";
import { observe } from "./observe.ts";
import { recordLives } from "./record_lives.ts";
import { FIRST_STATE, type TickState, withFailure } from "./tick_state.ts";

/** A tick that is over, and what the configuration says of the next. */
export interface LastTick {
  /** When it began; monotonic clock. */
  readonly startedMs: number;
  readonly pollIntervalS: number;
  readonly before: TickState;
  readonly after: TickState;
}

/** Resolves when the next tick is due, or at once when `stop` aborts. */
export type Pause = (last: LastTick, stop: AbortSignal) => Promise<void>;

/** The most seconds that a pause is extended to: what only a tick finds waits no longer. */
export const LONGEST_S = 5;

/**
 * An answer takes the scheduler some 10 µs a worker: with one in so many milliseconds a worker it spends a
 * third of a percent of its time on answers.
 */
const MS_PER_WORKER = 3;

/** Milliseconds from one tick to the next: with many workers more than the setting says. */
export function pollIntervalMs(pollIntervalS: number, workers: number): number {
  return Math.max(pollIntervalS * 1000, Math.min(workers * MS_PER_WORKER, LONGEST_S * 1000));
}

/** A pause from tick to tick of one poll interval, from start to start. */
export function pauseForInterval(clock: Clock): Pause {
  return ({ startedMs, pollIntervalS, after }, stop) => {
    const intervalMs = pollIntervalMs(pollIntervalS, after.report?.workers.length ?? 0);
    return clock.sleep(Math.max(0, startedMs + intervalMs - clock.monotonicMs()), stop);
  };
}

/** What a loop runs with. */
export interface Loop {
  readonly clock: Clock;
  /** Ends the loop after the current tick. */
  readonly stop: AbortSignal;
  /**
   * What the next tick works with; may change the state first (a changed configuration clears
   * failures). Null ends the loop.
   */
  prepare(state: TickState): Promise<{ deps: Deps; state: TickState; pollIntervalS: number } | null>;
  /** Called after each tick; the next one waits for it. */
  after(state: TickState): void | Promise<void>;
  /** Between two ticks; default: {@linkcode pauseForInterval}. */
  readonly pause?: Pause;
}

/** Ticks until it is stopped, with a pause after each tick, and never two at once. */
export async function loop(
  { clock, stop, prepare, after, pause = pauseForInterval(clock) }: Loop,
): Promise<void> {
  let state = FIRST_STATE;
  while (!stop.aborted) {
    const startedMs = clock.monotonicMs();
    const next = await prepare(state);
    if (next === null) return;
    state = await tick(next.deps, next.state);
    await after(state);
    await pause({ startedMs, pollIntervalS: next.pollIntervalS, before: next.state, after: state }, stop);
  }
}

/**
 * One turn of the loop. Never rejects for what a scheduler, a platform or a disk does: `failures`
 * has that.
 */
export async function tick(deps: Deps, before: TickState): Promise<TickState> {
  const { snapshot, state, asked } = await observe(deps, before);
  const refused = closeRefused(deps, state);
  const { actions, memory } = plan({
    rules: deps.rules,
    snapshot,
    memory: refused.memory,
    nowMs: deps.clock.monotonicMs(),
  });
  for (const action of actions) deps.log.info(sentence(action));
  const failures = withoutPast(refused.failures, { actions, memory, nowMs: deps.clock.monotonicMs() });
  const applied = await apply({ ...deps, asked }, actions, { memory, failures });
  const gone = Object.keys(state.memory.workers).filter((id) => !(id in applied.memory.workers));
  const died = await outcome("read the history", newDeaths(deps, state));
  const { decisions, deaths } = valueOf(died) ?? { decisions: [], deaths: state.deaths };
  for (const { reason } of [...refused.decisions, ...decisions]) deps.log.warn(`worker lost: ${reason}`);
  const restarts = restartOf(before, state);
  for (const { reason } of restarts) deps.log.warn(`scheduler restarted: ${reason}`);
  const happened = [...refused.decisions, ...decisions, ...restarts, ...applied.decisions];
  const { failures: recorded, lives } = await record(deps, { state, after: applied, happened, gone });
  logChanges(deps, before.failures, recorded);
  return { ...state, memory: applied.memory, failures: recorded, deaths, lives };
}

/**
 * Removes failures of actions that the plan no longer asks for, unless they wait to be tried again.
 */
function withoutPast(
  failures: Failures,
  { actions, memory, nowMs }: { actions: readonly Action[]; memory: Memory; nowMs: number },
): Failures {
  const planned = new Set<ActionFailure>(actions.map(({ kind }) => FAILURE_CODES[kind]));
  const waits: Readonly<Record<ActionFailure, boolean>> = {
    launch_failed: launchesWait(memory, nowMs),
    retire_failed: false,
    terminate_failed: Object.values(memory.workers).some(({ terminatedMs }) => terminatedMs !== null),
    cancel_failed: false,
  };
  return [...new Set(Object.values(FAILURE_CODES))].filter((code) => !planned.has(code) && !waits[code])
    .reduce((others, code) => withFailure(others, code, null), failures);
}

/** What a tick leaves in the history. */
interface Happened {
  readonly state: TickState;
  readonly after: Pick<TickState, "memory" | "failures">;
  readonly happened: readonly Decision[];
  /** Ids of instances that are gone. */
  readonly gone: readonly string[];
}

async function record(
  deps: Deps,
  { state, after: { memory, failures }, happened, gone }: Happened,
): Promise<Pick<TickState, "failures" | "lives">> {
  let { lives } = state;
  try {
    if (happened.length > 0) await deps.history.record(happened);
    lives = await recordLives(deps, { state, before: state.memory, after: memory }); // while it is not forgotten
    if (gone.length > 0) await deps.history.forget(gone);
    const boots = newBoots(state.memory, memory);
    if (Object.keys(boots).length > 0) await deps.history.recordBoots(boots);
    return { failures, lives };
  } catch (error) {
    const unwritable = asXcoreError(error, "write the history");
    return { failures: withFailure(failures, "history_unwritable", unwritable), lives };
  }
}

/** How long boots take where this tick has learned of one. */
function newBoots(before: Memory, after: Memory): Memory["bootS"] {
  return Object.fromEntries(
    Object.entries(after.bootS).filter(([key, tookS]) => before.bootS[key] !== tookS),
  );
}

/** An action as a line of the log. */
export function sentence(action: Action): string {
  switch (action.kind) {
    case "launch": {
      const { names, pool, type } = action.spec;
      return `launch ${names.join(", ")} (${pool}, ${type}): ${action.reason}`;
    }
    case "replay":
      return `launch ${action.attempt.names.join(", ")} again: ${action.reason}`;
    case "close":
      return `close the launch of ${action.attempt.names.join(", ")}: ${action.reason}`;
    default:
      return `${action.kind} ${action.workers.map(({ name }) => name).join(", ")}: ${action.reason}`;
  }
}

function logChanges(deps: Deps, before: Failures, after: Failures): void {
  for (const code of new Set([...Object.keys(before), ...Object.keys(after)]) as Set<ProblemCode>) {
    const [was, is] = [before[code]?.message, after[code]?.message];
    if (is !== undefined && is !== was) deps.log.warn(is);
    if (is === undefined && was !== undefined) deps.log.info(`no longer: ${was}`);
  }
}
