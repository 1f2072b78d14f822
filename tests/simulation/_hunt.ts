/**
 * Tries seeds until one breaks a promise, and prints which; run by mutants.ts in a copy of the
 * sources.
 * @module
 */

import { FOUND } from "./_found.ts";
import { simulate } from "./simulation.ts";

/** A seed that broke a promise. */
export interface Found {
  readonly seed: number;
  readonly violation: string;
}

if (import.meta.main) console.log(JSON.stringify(await firstFound(Number(Deno.args[0]))));

async function firstFound(count: number): Promise<Found | null> {
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  for (const seed of [...Object.values(FOUND).flat(), ...seeds]) {
    const { violation } = await simulate(seed);
    if (violation !== null) return { seed, violation };
  }
  return null;
}
