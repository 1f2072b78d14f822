/** Starting programs, and waiting until each has said who it is. @module */

import { dirname } from "node:path";
import { PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { ProcessTable } from "./_processes.ts";
import { argumentsOf, markOf, type Program } from "./_program.ts";

/** An interpreter needs a twentieth of this; a folder far away or a cold disk may need most of it. */
const CLAIM_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 15;

/** How to start a program. */
export interface Start {
  readonly program: Program;
  /** Its current folder; made when missing. */
  readonly folder: string;
  /** Gets both its outputs. */
  readonly logFile: string;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the programs, each in a session of its own, and waits until each has claimed its place or has ended.
 *
 * @param python the interpreter
 * @returns those that are not claimed: they ended at once, or are so slow that nobody waits for them
 * @throws {PrerequisiteError} there is no such interpreter
 */
export async function startAll(
  runtime: Runtime,
  table: ProcessTable,
  python: string,
  starts: readonly Start[],
): Promise<readonly Start[]> {
  const waiting = new Map<number, Start>();
  for (const start of starts) {
    await runtime.files.mkdir(dirname(start.logFile));
    await runtime.files.mkdir(start.folder);
    waiting.set(spawn(runtime, python, start), start);
  }
  const unclaimed: Start[] = [];
  const giveUpMs = runtime.clock.monotonicMs() + CLAIM_WITHIN_MS;
  while (waiting.size > 0 && runtime.clock.monotonicMs() < giveUpMs) {
    // Processes first: one that claims its place and ends in between has claimed it.
    const processes = await table.identify([...waiting.keys()]);
    for (const [pid, start] of [...waiting]) {
      const runs = processes.get(pid)?.zombie === false;
      const claimed = await runtime.files.exists(start.program.claimFile);
      if (runs && !claimed) continue;
      waiting.delete(pid);
      if (!claimed) unclaimed.push(start);
    }
    if (waiting.size > 0) await runtime.clock.sleep(LOOK_EVERY_MS);
  }
  return [...unclaimed, ...waiting.values()];
}

function spawn(runtime: Runtime, python: string, { program, folder, logFile, env }: Start): number {
  const [name, value] = markOf(program);
  try {
    return runtime.spawnDetached([python, ...argumentsOf(program)], {
      cwd: folder,
      logPath: logFile,
      env: { ...env, [name]: value },
    });
  } catch (error) {
    if (!isUnfit(error)) throw error;
    throw new PrerequisiteError(
      `Cannot start ${program.name}: ${python} is no Python to be run`,
      "Name one with `xcore config set python PATH`.",
      error,
    );
  }
}

/** The file itself is at fault, and not a machine with too little of something. */
function isUnfit(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  return ["EPERM", "EACCES", "ENOEXEC", "ENOTDIR", "ELOOP"].includes((error as { code?: string }).code ?? "");
}
