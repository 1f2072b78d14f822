/**
 * A program that runs as a process on this machine: whether it still runs, and what it has left in
 * its session.
 * @module
 */

import type { Runtime } from "../../runtime.ts";
import { parseObject, type ProcessRecord } from "./pid_files.ts";
import { fewAtOnce, type Process, type ProcessTable } from "./process_table.ts";

/** One run of a program: enough to start it, to know it again and to end it. */
export interface Program {
  readonly clusterId: string;
  /** `worker-0`, or `scheduler`. */
  readonly name: string;
  /** Random; one run of this name. */
  readonly attempt: string;
  /** The Python file. */
  readonly script: string;
  /** Where the process writes who it is. */
  readonly pidFile: string;
  /** Where xcore writes that it was told to terminate. */
  readonly terminationFile: string;
}

/** The process's arguments after the interpreter. */
export function argumentsOf({ script, clusterId, name, attempt }: Program): string[] {
  return [script, clusterId, name, attempt];
}

/**
 * The environment variable, `NAME=value`, that everything a program starts inherits. It is never a
 * proof for the program itself (a task inherits it too), only for what is left in its session.
 */
export function markOf({ clusterId, name, attempt }: Program): readonly [name: string, value: string] {
  return ["XCORE_PROCESS", `${clusterId}.${attempt}.${name}`];
}

/** A program and the record of its process. */
export interface TrackedProgram {
  readonly program: Program;
  readonly record: ProcessRecord;
}

/** What the process table says of a program. */
export interface ProcessStatus {
  /** The program's own process, or null when it has ended. */
  readonly leader: Process | null;
  /** What it left behind in its session when it ended. */
  readonly left: readonly Process[];
}

/** Which process, whatever has its number later. */
export interface ProcessKey {
  readonly pid: number;
  readonly startTime: string;
}

/** What is written when a program is told to terminate. */
export interface Termination {
  /** Age of the leader then, seconds: a measure of time that no change of the clock touches. */
  readonly toldAtAgeS: number;
  /** The session then. */
  readonly members: readonly ProcessKey[];
}

/** What the process table says of these programs, in their order. */
export async function processStatuses(
  runtime: Runtime,
  table: ProcessTable,
  recorded: readonly TrackedProgram[],
): Promise<ProcessStatus[]> {
  const processes = await table.identify(recorded.map(({ record }) => record.pid));
  const leaders = recorded.map((one) => {
    const process = processes.get(one.record.pid);
    return process !== undefined && isProgram(table, process, one) ? process : null;
  });
  const living = leaders.includes(null) ? await table.living() : [];
  const statuses: ProcessStatus[] = [];
  for (const [index, one] of recorded.entries()) {
    const leader = leaders[index] ?? null;
    const numbered = processes.get(one.record.pid) ?? null;
    const session = leader === null ? living.filter((process) => process.session === one.record.pid) : [];
    const left = await isOurs(runtime, table, one, numbered, session) ? session : [];
    statuses.push({ leader, left });
  }
  return statuses;
}

/** Whether nothing is left. */
export function isGone({ leader, left }: ProcessStatus): boolean {
  return leader === null && left.length === 0;
}

/**
 * Reads what {@linkcode Termination} says; null when the program was not told to end, or the file
 * is damaged.
 */
export async function readTermination(
  runtime: Runtime,
  { terminationFile }: Program,
): Promise<Termination | null> {
  const { told_at_age_s: toldAtAgeS, members } = parseObject(
    await runtime.files.readTextIfExists(terminationFile) ?? "",
  ) ?? {};
  if (typeof toldAtAgeS !== "number" || !Array.isArray(members)) return null;
  return {
    toldAtAgeS,
    members: members.filter(Array.isArray).map(([pid, startTime]) => ({ pid, startTime })),
  };
}

/** Writes what {@linkcode Termination} says. */
export async function writeTermination(
  runtime: Runtime,
  terminationFile: string,
  { toldAtAgeS, members }: Termination,
): Promise<void> {
  const facts = {
    told_at_age_s: toldAtAgeS,
    members: members.map(({ pid, startTime }) => [pid, startTime]),
  };
  await runtime.files.writeText(terminationFile, JSON.stringify(facts));
}

function isProgram(table: ProcessTable, process: Process, { program, record }: TrackedProgram): boolean {
  return !process.zombie && isSame(process, record) &&
    table.endsWith(process.commandLine, argumentsOf(program).join(" "));
}

/** A process that exits loses its command line a moment before it is a zombie. */
function isExiting({ zombie, commandLine }: Process): boolean {
  return zombie || commandLine === "";
}

function isSame(process: Process, { pid, startTime }: ProcessKey): boolean {
  return process.pid === pid && process.startTime === startTime;
}

/**
 * Whether a session whose leader has ended is the program's. Its number alone proves nothing, for
 * it may be a later session's. `numbered` is the process that has the leader's number now.
 */
async function isOurs(
  runtime: Runtime,
  table: ProcessTable,
  { program, record }: TrackedProgram,
  numbered: Process | null,
  session: readonly Process[],
): Promise<boolean> {
  if (session.length === 0) return false;
  // While a session has members its number is given to no new process: another one there means that
  // ours is empty.
  if (numbered !== null) return isExiting(numbered) && isSame(numbered, record);
  const told = (await readTermination(runtime, program))?.members ?? [];
  if (session.some((member) => told.some((name) => isSame(member, name)))) return true;
  const mark = markOf(program).join("=");
  return (await fewAtOnce(session, ({ pid }) => table.carries(pid, mark))).includes(true);
}
