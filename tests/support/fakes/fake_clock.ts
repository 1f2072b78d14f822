/** Time that passes only when it is told to. */

import type { Clock } from "../../../lib/runtime.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  /** Added to the monotonic clock: a person or NTP sets it. */
  wallOffsetMs = 0;
  #ms = 0;
  #sleepers: Sleeper[] = [];
  #watchers: (() => void)[] = [];

  nowMs(): number {
    return this.#ms + this.wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.#ms + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      });
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }

  /**
   * Resolves when somebody sleeps: what ran has run as far as it goes without time. Returns for how
   * long, the shortest.
   */
  async asleep(): Promise<number> {
    if (this.#sleepers.length === 0) await new Promise<void>((resolve) => this.#watchers.push(resolve));
    return Math.min(...this.#sleepers.map(({ untilMs }) => untilMs)) - this.#ms;
  }

  /** Lets time pass, and wakes whose time has come. */
  advance(ms: number): void {
    this.#ms += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#ms)
      .toSorted((a, b) => a.untilMs - b.untilMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
  }
}
