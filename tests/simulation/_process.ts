/**
 * Programs and the machines they run on: machines sleep, users set their clocks, programs are
 * killed.
 * @module
 */

import type { Clock } from "../../lib/runtime.ts";
import type { Timeline } from "./_timeline.ts";

/** Wall clock at the beginning of every simulation: 1 January 2026. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** A computer whose clock a user may set; while it sleeps nothing runs on it. */
export class Machine {
  /** How far its wall clock is off. */
  wallOffsetMs = 0;
  #asleepSinceMs: number | null = null;
  /** What its monotonic clock has missed: on Linux it stops while the machine is suspended. */
  #missedMs = 0;
  #waiting: (() => void)[] = [];
  #naps = 0;

  /** @param countsSleep whether its monotonic clock goes on in its sleep, as on Windows */
  constructor(readonly timeline: Timeline, readonly countsSleep: boolean) {}

  get isAsleep(): boolean {
    return this.#asleepSinceMs !== null;
  }

  /** Suspends it, unless it is asleep already. */
  sleep(ms: number): void {
    if (this.isAsleep) return;
    this.#asleepSinceMs = this.timeline.nowMs;
    const nap = ++this.#naps;
    this.timeline.in(ms, () => {
      if (this.#naps === nap) this.wake();
    });
  }

  /** It wakes up. */
  wake(): void {
    if (this.#asleepSinceMs === null) return;
    if (!this.countsSleep) this.#missedMs += this.timeline.nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = null;
    for (const run of this.#waiting.splice(0)) this.timeline.in(0, run);
  }

  /** Runs something as soon as it is awake. */
  whenAwake(run: () => void): void {
    if (this.isAsleep) this.#waiting.push(run);
    else run();
  }

  get monotonicMs(): number {
    return this.timeline.nowMs - this.#missedMs;
  }

  get wallMs(): number {
    return EPOCH_MS + this.timeline.nowMs + this.wallOffsetMs;
  }
}

/** A running program: once killed it gets no more events, and so does nothing. */
export class Process implements Clock {
  #alive = true;

  constructor(readonly machine: Machine) {}

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
  }

  nowMs(): number {
    return this.machine.wallMs;
  }

  monotonicMs(): number {
    return this.machine.monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.hear(ms, resolve);
      signal?.addEventListener("abort", () => this.hear(0, resolve));
    });
  }

  /**
   * Calls `told` after `ms`, or when the machine is awake again; never if the program is killed
   * before.
   */
  hear(ms: number, told: () => void): void {
    const { machine } = this;
    machine.timeline.in(ms, () =>
      machine.whenAwake(() => {
        if (!this.#alive) return;
        machine.timeline.stir();
        told();
      }));
  }
}
