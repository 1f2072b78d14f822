/** Random values that are the same in every run of a seed. @module */

/** Draws from a seed: mulberry32. */
export class Random {
  constructor(private state: number) {}

  /** From 0 up to, and without, 1. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, bounds included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)]!;
  }

  some<T>(max: number, make: () => T): T[] {
    return Array.from({ length: this.whole(0, max) }, make);
  }

  /**
   * Text that is hard on a file format: quotes, colons, hashes, blanks at the ends, words of YAML,
   * any script.
   */
  text(max = 12): string {
    const parts = [
      "a",
      "Z",
      "9",
      "-",
      ".",
      ":",
      ": ",
      " #",
      "#",
      '"',
      "'",
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      "&",
      "*",
      "!",
    ];
    const odd = [
      "|",
      ">",
      "%",
      "@",
      "`",
      " ",
      "é",
      "中",
      "😀",
      "\u2028",
      "\u00a0",
      "null",
      "true",
      "no",
      "0x1",
      "1e3",
      "~",
      "---",
    ];
    return this.some(max, () => this.pick(this.chance(0.5) ? parts : odd)).join("");
  }
}

/** Runs a property for the seeds; a failure says which one. */
export async function forSeeds(
  count: number,
  property: (random: Random) => Promise<void> | void,
): Promise<void> {
  for (let seed = 1; seed <= count; seed++) {
    try {
      await property(new Random(seed * 7919));
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}
