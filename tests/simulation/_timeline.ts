/** Simulated time: it jumps from one event to the next. @module */

import { setImmediate } from "node:timers";

interface Event {
  readonly atMs: number;
  /** Among events of one time, the one scheduled first comes first. */
  readonly order: number;
  readonly happen: () => void;
}

/** The scheduled events, in their order. */
export class Timeline {
  #nowMs = 0;
  #ahead: Event[] = []; // a binary heap
  #arranged = 0;
  #stirred = false;

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Schedules an event `ms` from now. */
  in(ms: number, happen: () => void): void {
    const event = { atMs: this.#nowMs + Math.max(0, ms), order: this.#arranged++, happen };
    let at = this.#ahead.length;
    for (let up = parent(at); at > 0 && isBefore(event, this.#ahead[up]!); up = parent(at)) {
      this.#ahead[at] = this.#ahead[up]!;
      at = up;
    }
    this.#ahead[at] = event;
  }

  /** The code under test was called or answered: its reaction comes before all scheduled events. */
  stir(): void {
    this.#stirred = true;
  }

  /** Runs events until it is over. */
  async run(isOver: () => boolean): Promise<void> {
    for (;;) {
      if (this.#stirred) {
        this.#stirred = false;
        await done();
      }
      const event = isOver() ? undefined : this.#next();
      if (event === undefined) return;
      this.#nowMs = event.atMs;
      event.happen();
    }
  }

  #next(): Event | undefined {
    const [first] = this.#ahead;
    const last = this.#ahead.pop();
    if (first === last || last === undefined) return first;
    const size = this.#ahead.length;
    let at = 0;
    for (let down = 1; down < size; down = 2 * at + 1) {
      if (down + 1 < size && isBefore(this.#ahead[down + 1]!, this.#ahead[down]!)) down++;
      if (!isBefore(this.#ahead[down]!, last)) break;
      this.#ahead[at] = this.#ahead[down]!;
      at = down;
    }
    this.#ahead[at] = last;
    return first;
  }
}

function parent(index: number): number {
  return (index - 1) >> 1;
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Resolves when no promise has a reaction left to run. */
function done(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
