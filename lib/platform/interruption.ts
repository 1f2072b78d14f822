/**
 * A person's wish to stop in the middle, and the work that has to come to its own end first.
 * @module
 */

/** One for each verb that a person may interrupt. */
export class Interruption {
  readonly #wish = new AbortController();
  #held: Promise<unknown> = Promise.resolve();
  #holding = 0;

  /** Aborts when the person wants to stop. */
  get wish(): AbortSignal {
    return this.#wish.signal;
  }

  /** Says that the person wants to stop. */
  request(): void {
    this.#wish.abort();
  }

  /**
   * Marks work that must not be cut off: it checks `wish` itself, and ends where nothing is lost.
   */
  hold<T>(work: Promise<T>): Promise<T> {
    this.#holding++;
    const end = () => void this.#holding--;
    this.#held = Promise.all([this.#held, work.then(end, end)]);
    return work;
  }

  /** Whether any of it is under way. */
  get isHolding(): boolean {
    return this.#holding > 0;
  }

  /** Resolves when all held work has ended. */
  async released(): Promise<void> {
    await this.#held;
  }
}
