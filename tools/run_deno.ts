/** Running this very Deno as a child, without its stack traces. @module */

import { cacheFolder } from "./cache_folder.ts";

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
    ...(limitMs !== undefined && { signal: AbortSignal.timeout(limitMs) }),
  });
  const { code, stderr } = await child.output();
  if (code === 0) return;
  const printed = new TextDecoder().decode(stderr);
  const log = `${cacheFolder()}/deno-${args[0]}.log`;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  await Deno.writeTextFile(log, `$ deno ${args.join(" ")}\n${printed}`);
  throw new DenoFailure(args[0]!, tellingLine(printed) ?? `it ended with exit code ${code}`, log);
}

/** A Deno that failed. The message is one line, and names the file with all that it printed. */
export class DenoFailure extends Error {
  override name = "DenoFailure";

  constructor(subcommand: string, readonly why: string, log: string) {
    super(`deno ${subcommand} failed: ${why} (all that it printed: ${log})`);
  }
}

/** The line of Deno's output that says what is wrong, without `error:`; null when nothing was printed. */
export function tellingLine(printed: string): string | null {
  // deno-lint-ignore no-control-regex
  const lines = printed.replaceAll(/\x1b\[[\d;]*m/g, "").split("\n").map((line) => line.trim());
  const [, said] = lines.map((line) => /^error:?\s+(.*)/i.exec(line)).find((match) => match !== null) ?? [];
  return said || lines.find((line) => line !== "" && !/^warning\b/i.test(line)) || null;
}
