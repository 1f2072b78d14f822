/** Programs beside each other, but not all at once. @module */

/** A program that waits for a place. */
interface Waiting {
  readonly seconds: number;
  readonly begin: (place: number) => void;
}

/**
 * So many places: what is run in them waits while all are taken. Of those that wait the longest
 * begins first, since begun last it would be waited for alone.
 */
export class Places {
  readonly #free: number[];
  readonly #waiting: Waiting[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, place) => place);
  }

  /**
   * Runs `body` as soon as a place is free, and tells it which, counted from 0; returns, or throws,
   * what it does.
   *
   * @param seconds how long it takes, about; those of equal length begin in order
   */
  async run<T>(body: (place: number) => Promise<T>, seconds = 0): Promise<T> {
    const place = this.#free.shift() ??
      await new Promise<number>((begin) => {
        this.#waiting.push({ seconds, begin });
        this.#waiting.sort((a, b) => b.seconds - a.seconds);
      });
    try {
      return await body(place);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(place);
      else next.begin(place);
    }
  }
}
