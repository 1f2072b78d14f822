/** Many simulations, and their results together. @module */

import { type Options, simulate } from "./simulation.ts";

/** Results of many seeds. */
export interface Tally {
  /** How many were simulated. */
  seeds: number;
  /** The violations, by seed. */
  readonly violations: Map<number, string>;
  /** How often each thing happened. */
  readonly counts: Map<string, number>;
}

/** An empty tally. */
export function emptyTally(): Tally {
  return { seeds: 0, violations: new Map(), counts: new Map() };
}

/** Simulates `count` seeds from `from` on, and adds their results. */
export async function runSeeds(
  tally: Tally,
  from: number,
  count: number,
  options: Options = {},
): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    const { violation, counts } = await simulate(seed, options);
    tally.seeds++;
    if (violation !== null) tally.violations.set(seed, violation);
    addCounts(tally, counts);
  }
}

/** Adds counts. */
export function addCounts({ counts }: Tally, more: Iterable<readonly [string, number]>): void {
  for (const [what, count] of more) counts.set(what, (counts.get(what) ?? 0) + count);
}

/** The end of a failing seed's trace, and the command that shows all of it. */
export async function explain(seed: number, violation: string, options: Options = {}): Promise<string> {
  const { trace } = await simulate(seed, { ...options, isTraced: true });
  const shown = trace.slice(-LINES_SHOWN);
  const lead = trace.length > shown.length ? ["  …"] : [];
  return [`seed ${seed}: ${violation}`, ...lead, ...shown, `all of it: deno task simulate ${seed}`].join(
    "\n",
  );
}

const LINES_SHOWN = 40;
