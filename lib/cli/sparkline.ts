/** How a number went, as one line of bars. @module */

const BARS = [..."▁▂▃▄▅▆▇█"];

/** `▁▁▃█`: 0 is the lowest bar and nothing else is; the greatest number is the highest. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  return values.map((value) => BARS[Math.ceil(value / most * (BARS.length - 1))]).join("");
}

/** Numbers that came at even distances, as few as fit: where there are more, two are one, the greater. */
export class Trend {
  #values: number[] = [];
  #perValue = 1;
  #pending: number[] = [];

  /** @param most numbers that are kept */
  constructor(readonly most: number) {}

  add(value: number): void {
    this.#pending.push(value);
    if (this.#pending.length < this.#perValue) return;
    this.#values.push(Math.max(...this.#pending));
    this.#pending = [];
    if (this.#values.length <= this.most) return;
    const pairs = Array.from(
      { length: Math.ceil(this.#values.length / 2) },
      (_, i) => this.#values.slice(2 * i, 2 * i + 2),
    );
    this.#values = pairs.map((pair) => Math.max(...pair));
    this.#perValue *= 2;
  }

  /** The numbers that are kept, the oldest first; the last one may not be full yet. */
  get values(): readonly number[] {
    return this.#pending.length === 0 ? this.#values : [...this.#values, Math.max(...this.#pending)];
  }
}
