/** When to tick. @module */

import type { Clock } from "../runtime.ts";
import type { Deps } from "./deps.ts";
import { FIRST_STATE, type TickState } from "./state.ts";
import { tick } from "./tick.ts";

/** What a loop is run with. */
export interface Loop {
  readonly clock: Clock;
  /** Ends the loop after the tick it is in. */
  readonly stop: AbortSignal;
  /** What the next tick works with; may change the state first (a new config forgives old failures). */
  prepare(state: TickState): Promise<{ deps: Deps; state: TickState; pollIntervalS: number }>;
  /** Told after each tick. */
  after(state: TickState): void;
}

/** Ticks until told to stop: each poll interval, counted from tick to tick, and never two at once. */
export async function loop({ clock, stop, prepare, after }: Loop): Promise<void> {
  let state = FIRST_STATE;
  while (!stop.aborted) {
    const startedMs = clock.monotonicMs();
    const next = await prepare(state);
    state = await tick(next.deps, next.state);
    after(state);
    await clock.sleep(Math.max(0, startedMs + next.pollIntervalS * 1000 - clock.monotonicMs()), stop);
  }
}
