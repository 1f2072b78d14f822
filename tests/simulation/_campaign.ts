/** Many simulations, and what came of them together. @module */

import { type Options, simulate } from "./simulation.ts";

/** What came of many seeds. */
export interface Tally {
  /** How many were lived through. */
  seeds: number;
  /** The violations, by seed. */
  readonly violations: Map<number, string>;
  /** How often what happened. */
  readonly counts: Map<string, number>;
}

/** Nothing yet. */
export function emptyTally(): Tally {
  return { seeds: 0, violations: new Map(), counts: new Map() };
}

/** Lives through `count` seeds from `from` on, and adds what came of them. */
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

/** Lines of the end of a failing seed's trace, and how to see all of it. */
export async function explain(seed: number, violation: string, options: Options = {}): Promise<string> {
  const { trace } = await simulate(seed, { ...options, isTraced: true });
  const shown = trace.slice(-LINES_SHOWN);
  const lead = trace.length > shown.length ? ["  …"] : [];
  return [`seed ${seed}: ${violation}`, ...lead, ...shown, `all of it: deno task simulate ${seed}`].join(
    "\n",
  );
}

const LINES_SHOWN = 40;
