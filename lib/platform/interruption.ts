/**
 * A person's wish to stop in the middle, and programs that take minutes and have to come to their
 * own end first.
 * @module
 */

import type { Environment, Runtime } from "../runtime.ts";

/** One for each verb that a person may interrupt. */
export class Interruption {
  readonly #wish = new AbortController();
  readonly #atOnce = new AbortController();
  #held: Promise<unknown> = Promise.resolve();
  #heldAnyway: Promise<unknown> = Promise.resolve();
  #holding = 0;

  /** Aborts when the person wants to stop. */
  get wish(): AbortSignal {
    return this.#wish.signal;
  }

  /** Aborts when the person wants to stop at once, whatever that costs. */
  get atOnce(): AbortSignal {
    return this.#atOnce.signal;
  }

  /** Says that the person wants to stop; said again, at once. */
  request(): void {
    (this.wish.aborted ? this.#atOnce : this.#wish).abort();
  }

  /**
   * Marks work that must not be cut off: it checks `wish` itself, and ends where nothing is lost.
   *
   * @param endsAtOnce it checks `atOnce`, too, and is waited for even then; else it is left alone
   */
  hold<T>(work: Promise<T>, endsAtOnce = false): Promise<T> {
    this.#holding++;
    const end = () => void this.#holding--;
    const ended = work.then(end, end);
    this.#held = Promise.all([this.#held, ended]);
    if (endsAtOnce) this.#heldAnyway = Promise.all([this.#heldAnyway, ended]);
    return work;
  }

  /** Whether any of it is under way. */
  get isHolding(): boolean {
    return this.#holding > 0;
  }

  /** Resolves when all held work has ended, as far as it is waited for. */
  async released(): Promise<void> {
    const { promise: toldAtOnce, resolve } = Promise.withResolvers<void>();
    if (this.atOnce.aborted) resolve();
    this.atOnce.addEventListener("abort", () => resolve());
    await Promise.race([this.#held, toldAtOnce]);
    await this.#heldAnyway;
  }
}

/** What to run, and how. */
export interface LongRun {
  readonly command: readonly string[];
  readonly cwd: string;
  /** Added to this process's environment; a variable that is undefined is taken out of it. */
  readonly env: Environment;
  /** The file that all it says is appended to. */
  readonly logPath: string;
  readonly interruption: Interruption;
  /** True: a person's wish to stop is not passed on, and only its own end is waited for. */
  readonly toItsEnd?: boolean;
  /** Ends it within seconds, whatever it is at; without it, it is left alone by who waits no longer. */
  readonly atOnce?: AbortSignal;
}

/** The log begins anew when it is larger. */
const LARGEST_LOG_BYTES = 4e6;

/**
 * Runs a program to its end. It writes into a file and lives in a session of its own: neither a
 * Ctrl-C nor the end of this process may kill it in the middle of making something, which would
 * leave an orphan. A person's wish to stop is passed on to it as a SIGTERM, and its end is waited
 * for.
 *
 * @param told is given each line it writes
 * @returns its exit code; where a signal ended it, 128 and the signal's number
 */
export async function longRun(
  runtime: Runtime,
  { command, cwd, env, logPath, interruption, toItsEnd = false, atOnce }: LongRun,
  told: (line: string) => void,
): Promise<number> {
  const { files } = runtime;
  if ((await files.size(logPath) ?? 0) > LARGEST_LOG_BYTES) await files.remove(logPath);
  await files.append(logPath, `\n# ${command.join(" ")}\n`);
  const offset = await files.size(logPath) ?? 0;
  const stop = toItsEnd ? undefined : interruption.wish;
  const run = runtime.runDetached(command, { cwd, logPath, env }, stop, atOnce);
  const held = interruption.hold(run, atOnce !== undefined);
  for await (const line of follow(runtime, logPath, offset, held)) told(line);
  return await run;
}

const POLL_EVERY_MS = 100;

/**
 * The whole lines that are written to `path` from byte `offset` on, until `writing` is over; a last
 * one without an end counts, too.
 */
async function* follow(
  { files, clock }: Runtime,
  path: string,
  offset: number,
  writing: Promise<unknown>,
): AsyncGenerator<string> {
  const over = new AbortController();
  const end = () => over.abort();
  writing.then(end, end);
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const last = over.signal.aborted; // read before the file is: so what was written until then is read
    const bytes = await files.readFrom(path, offset);
    offset += bytes.length;
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (last) break;
    await clock.sleep(POLL_EVERY_MS, over.signal);
  }
  if (rest !== "") yield rest;
}
