/** Programs beside each other, but not all at once. @module */

/** So many places: what is run in them begins in order, and waits while all are taken. */
export class Places {
  readonly #free: number[];
  readonly #waiting: ((place: number) => void)[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, place) => place);
  }

  /**
   * Runs `body` as soon as a place is free, and tells it which, counted from 0; returns, or throws,
   * what it does.
   */
  async run<T>(body: (place: number) => Promise<T>): Promise<T> {
    const place = this.#free.shift() ??
      await new Promise<number>((resolve) => this.#waiting.push(resolve));
    try {
      return await body(place);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(place);
      else next(place);
    }
  }
}
