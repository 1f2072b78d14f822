/** A person's wish to stop in the middle, and the work that has to come to its own end first. @module */

/** One for each verb that a person may interrupt. */
export class Interruption {
  readonly #wish = new AbortController();
  #held: Promise<unknown> = Promise.resolve();

  /** Aborts when the person wants to stop. */
  get wish(): AbortSignal {
    return this.#wish.signal;
  }

  /** Says that the person wants to stop. */
  request(): void {
    this.#wish.abort();
  }

  /** Marks work that must not be cut off: it looks at `wish` itself, and ends where nothing is lost. */
  hold<T>(work: Promise<T>): Promise<T> {
    this.#held = Promise.allSettled([this.#held, work]);
    return work;
  }

  /** Resolves when all held work has ended. */
  async released(): Promise<void> {
    await this.#held;
  }
}
