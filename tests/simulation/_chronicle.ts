/**
 * What is kept of a simulation: how often what happened, the first thing that must not, and a trace
 * to read.
 * @module
 */

import type { Timeline } from "./_timeline.ts";

/** The account of one simulation. */
export class Chronicle {
  /** How often each thing happened. */
  readonly counts = new Map<string, number>();
  /** Lines to read; only where a trace was asked for. */
  readonly lines: string[] = [];
  /** The first promise that was broken, or null. */
  violation: string | null = null;

  constructor(readonly timeline: Timeline, readonly isTraced: boolean) {}

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** @param text made only where somebody reads it */
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
