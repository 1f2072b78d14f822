/**
 * The record of a simulation: how often each thing happened, the first broken promise, and a trace.
 * @module
 */

import type { Timeline } from "./_timeline.ts";

/** The record of one simulation. */
export class Chronicle {
  /** How often each thing happened. */
  readonly counts = new Map<string, number>();
  /** Lines of the trace; empty unless one was asked for. */
  readonly lines: string[] = [];
  /** The first promise that was broken, or null. */
  violation: string | null = null;

  constructor(readonly timeline: Timeline, readonly isTraced: boolean) {}

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** @param text made only for a trace */
  say(who: string, text: () => string): void {
    if (!this.isTraced) return;
    const atS = (this.timeline.nowMs / 1000).toFixed(3);
    this.lines.push(`${atS.padStart(9)}  ${who.padEnd(10)} ${text()}`);
  }

  /** A promise is broken. */
  fail(what: string): void {
    this.say("!!", () => what);
    this.violation ??= what;
  }
}
