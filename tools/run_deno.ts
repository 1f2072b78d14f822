/** Running this very Deno as a child, without its stack traces. @module */

import { XcoreError } from "../lib/errors.ts";
import { keepInCache } from "./cache.ts";

/** The repository. */
export const ROOT: string = new URL("../", import.meta.url).pathname;

/** How to run Deno. */
export interface DenoOptions {
  /** When it is ended; never, where none is given. */
  readonly limitMs?: number | undefined;
  /** The current folder; the repository when not given. */
  readonly cwd?: string;
  /** A variable of this process's environment that it does not see. */
  readonly without?: string;
}

/**
 * Runs this very Deno. What it prints is kept in a file when it fails.
 *
 * @throws {DenoFailure} it ended with an exit code other than 0
 */
export async function runDeno(
  args: readonly string[],
  { limitMs, cwd = ROOT, without }: DenoOptions = {},
): Promise<void> {
  const signal = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
  const env = { ...Deno.env.toObject(), NO_COLOR: "1" } as Record<string, string>;
  if (without !== undefined) delete env[without];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...(signal !== undefined && { signal }),
  }).spawn();
  const { code, stderr } = await child.output(); // Deno 2.7's Command.output() does not heed the signal
  if (code === 0) return;
  const printed = new TextDecoder().decode(stderr);
  const isLate = signal?.aborted ?? false;
  const why = tellingLine(printed) ?? (isLate ? "it took too long" : `it ended with exit code ${code}`);
  throw new DenoFailure(
    args[0]!,
    why,
    isLate,
    await keepInCache(`deno-${args[0]}.log`, `$ deno ${args.join(" ")}\n${printed}`),
  );
}

/** A Deno that failed; the hint names the file with all that it printed. */
export class DenoFailure extends XcoreError {
  /**
   * A failure of one of Deno's commands.
   *
   * @param why one line
   * @param isLate it was ended, for its time was up
   * @param log the file; null where none could be written
   */
  constructor(
    subcommand: string,
    readonly why: string,
    readonly isLate: boolean,
    log: string | null,
  ) {
    const all = log === null
      ? "Run it again with room on the disk to see all that it prints"
      : `All that it printed is in ${log}`;
    super(`\`deno ${subcommand}\` failed: ${why}`, `${all}.`);
  }
}

/**
 * The line of Deno's output that says what is wrong, without `error:`; null when nothing was
 * printed.
 */
export function tellingLine(printed: string): string | null {
  // deno-lint-ignore no-control-regex
  const lines = printed.replaceAll(/\x1b\[[\d;]*m/g, "").split("\n").map((line) => line.trim());
  const [, said] = lines.map((line) => /^error:?\s+(.*)/i.exec(line)).find((match) => match !== null) ?? [];
  return said || lines.find((line) => line !== "" && !/^warning\b/i.test(line)) || null;
}
