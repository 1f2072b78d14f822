/** Seeded draws from distributions. @module */

import { Random } from "../../tests/support/fakes/random.ts";

/** Draws that are the same for each policy of a workload and seed. */
export class Draw extends Random {
  constructor(...parts: readonly (string | number)[]) {
    super(hashOf(parts.join("/")));
  }

  uniform(min: number, max: number): number {
    return min + (max - min) * this.fraction();
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.fraction())) * Math.cos(2 * Math.PI * this.fraction());
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** Lognormal: 30 s and 30 min are two sigma from its median, and its bounds. */
  mixedS(): number {
    return Math.min(1800, Math.max(30, Math.exp(Math.log(232.4) + 1.0236 * this.normal())));
  }
}

/** FNV-1a, and a mix so that neighbours begin far from each other. */
function hashOf(text: string): number {
  let hash = 2166136261;
  for (const unit of text) hash = Math.imul(hash ^ unit.codePointAt(0)!, 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return (hash ^ (hash >>> 13)) | 0;
}
