/** Terminates programs and everything they started: first SIGTERM, then SIGKILL. @module */

import type { Runtime } from "../../runtime.ts";
import type { Process, ProcessTable } from "./process_table.ts";
import {
  type ProcessStatus,
  readTermination,
  type Termination,
  type TrackedProgram,
  writeTermination,
} from "./process_status.ts";
import { isUnwritable } from "./pid_files.ts";

/** Seconds a process has to end by itself once it was asked. */
export const ASK_AGAIN_S = 5;

/** Rounds of killing: a process may have started another while it was killed. */
const ROUNDS = 5;

/** A program, its record, and what `processStatuses` has just said of it. */
export interface TrackedProcess extends TrackedProgram {
  readonly status: ProcessStatus;
}

/**
 * Asks programs to end at the first call. Called again `killAfterS` later, or once a program has
 * ended and left something behind, kills all of its session. Returns without waiting.
 */
export async function terminate(
  runtime: Runtime,
  table: ProcessTable,
  processes: readonly TrackedProcess[],
  killAfterS = ASK_AGAIN_S,
): Promise<void> {
  if (processes.length === 0) return;
  const living = await table.living();
  const stubborn = new Set<number>();
  for (const { program, record, status: { leader, left } } of processes) {
    if (leader === null) {
      if (left.length > 0) stubborn.add(record.pid);
      continue;
    }
    const told = await readTermination(runtime, program) ?? unwritten.get(nameOf(leader));
    if (told === undefined) await ask(runtime, program.terminationFile, leader, living);
    else if (leader.ageS - told.toldAtAgeS >= killAfterS) stubborn.add(record.pid);
  }
  await killAll(runtime, table, stubborn);
}

/**
 * Of processes whose file could not be written: they end, too, as long as this program remembers.
 */
const unwritten = new Map<string, Termination>();

function nameOf({ pid, startTime }: Process): string {
  return `${pid}-${startTime}`;
}

async function ask(
  runtime: Runtime,
  terminationFile: string,
  leader: Process,
  living: readonly Process[],
): Promise<void> {
  signal(runtime, leader, "SIGTERM");
  if (leader.stopped) signal(runtime, leader, "SIGCONT"); // it takes no other signal before
  const members = living.filter(({ session }) => session === leader.session);
  const termination: Termination = { toldAtAgeS: leader.ageS, members };
  try {
    await writeTermination(runtime, terminationFile, termination);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    unwritten.set(nameOf(leader), termination);
  }
}

async function killAll(runtime: Runtime, table: ProcessTable, sessions: ReadonlySet<number>): Promise<void> {
  for (let round = 0; round < ROUNDS && sessions.size > 0; round++) {
    const members = (await table.living()).filter(({ session }) => sessions.has(session));
    if (members.length === 0) return;
    for (const member of members) signal(runtime, member, "SIGKILL");
  }
}

/**
 * A task may have become another user (sudo): that process is left, and goes on being listed as
 * stopping.
 */
function signal(runtime: Runtime, { pid }: Process, name: "SIGTERM" | "SIGCONT" | "SIGKILL"): void {
  try {
    runtime.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
}
