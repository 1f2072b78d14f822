/**
 * What all fakes share: they note each call, fail on request, and fail on what they did not expect.
 */

type Word = string | number;

export class Recorder {
  /** Everything that was asked, in order: `openAttempt 1`, `launch 1 worker-0`, … */
  readonly calls: string[] = [];
  /** What no correct caller does. A caller may swallow the error; a test looks here. */
  readonly unexpected: string[] = [];
  /** Thrown by the next call of that name, which then does nothing. */
  readonly failNext = new Map<string, unknown>();
  /** Thrown by the next call of that name after it was done: its answer is lost. */
  readonly loseNext = new Map<string, unknown>();

  /**
   * The process that makes the next call of that name is killed in it, before or after it is done: it never
   * returns.
   */
  readonly killNext = new Map<string, "before" | "after">();
  /** Told of it. */
  onKill: () => void = () => {};

  /** Notes a call, and fails or does it. */
  async call<T>(work: () => T, name: string, ...words: readonly Word[]): Promise<T> {
    await Promise.resolve(); // no caller may rely on an answer within the same turn
    this.calls.push([name, ...words].join(" "));
    throwNext(this.failNext, name);
    const killed = this.killNext.get(name);
    this.killNext.delete(name);
    if (killed === "before") return await this.#kill();
    const answer = work();
    if (killed === "after") return await this.#kill();
    throwNext(this.loseNext, name);
    return answer;
  }

  #kill(): Promise<never> {
    this.onKill();
    return new Promise(() => {});
  }

  /** Fails on what was not expected. */
  refuse(what: string): never {
    this.unexpected.push(what);
    throw new TypeError(`unexpected: ${what}`);
  }
}

function throwNext(failures: Map<string, unknown>, name: string): void {
  if (!failures.has(name)) return;
  const failure = failures.get(name);
  failures.delete(name);
  throw failure;
}
