/** Tries seeds until one breaks a promise, and prints which; run by mutants.ts in a copy of the sources. @module */

import { simulate } from "./simulation.ts";

/** A seed that broke a promise. */
export interface Found {
  readonly seed: number;
  readonly violation: string;
}

if (import.meta.main) console.log(JSON.stringify(await firstFound(Number(Deno.args[0]))));

async function firstFound(count: number): Promise<Found | null> {
  for (let seed = 1; seed <= count; seed++) {
    const { violation } = await simulate(seed);
    if (violation !== null) return { seed, violation };
  }
  return null;
}
