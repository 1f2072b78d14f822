/** A program that runs as a process on this machine: whether it still runs, and what it has left in its session. @module */

import type { Runtime } from "../../runtime.ts";
import { type Claim, parseObject } from "./pid_file.ts";
import type { Process, ProcessTable } from "./process_table.ts";

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
  readonly claimFile: string;
  /** Where we write that it was told to end. */
  readonly endingFile: string;
}

/** The process's arguments after the interpreter. */
export function argumentsOf({ script, clusterId, name, attempt }: Program): string[] {
  return [script, clusterId, name, attempt];
}

/**
 * The environment variable, `NAME=value`, that everything a program starts inherits. It is never a proof for the
 * program itself (a task inherits it too), only for what is left in its session.
 */
export function markOf({ clusterId, name, attempt }: Program): readonly [name: string, value: string] {
  return ["XCORE_PROCESS", `${clusterId}.${attempt}.${name}`];
}

/** A program and the claim of its process. */
export interface Claimed {
  readonly program: Program;
  readonly claim: Claim;
}

/** What the process table says of a program. */
export interface Standing {
  /** The program's own process, or null when it has ended. */
  readonly leader: Process | null;
  /** What it left behind in its session when it ended. */
  readonly left: readonly Process[];
}

/** Which process, whatever has its number later. */
export interface ProcessName {
  readonly pid: number;
  readonly startTime: string;
}

/** What is written when a program is told to end. */
export interface Ending {
  /** Age of the leader then, seconds: a measure of time that no change of the clock touches. */
  readonly toldAtAgeS: number;
  /** The session then. */
  readonly members: readonly ProcessName[];
}

/** What the process table says of these programs, in their order. */
export async function standingsOf(
  runtime: Runtime,
  table: ProcessTable,
  claimed: readonly Claimed[],
): Promise<Standing[]> {
  const processes = await table.identify(claimed.map(({ claim }) => claim.pid));
  const leaders = claimed.map((one) => {
    const process = processes.get(one.claim.pid);
    return process !== undefined && isProgram(table, process, one) ? process : null;
  });
  const living = leaders.includes(null) ? await table.living() : [];
  return await Promise.all(claimed.map(async (one, index): Promise<Standing> => {
    const leader = leaders[index] ?? null;
    if (leader !== null) return { leader, left: [] };
    const numbered = processes.get(one.claim.pid) ?? null;
    const session = living.filter((process) => process.session === one.claim.pid);
    return { leader, left: await isOurs(runtime, table, one, numbered, session) ? session : [] };
  }));
}

/** Whether nothing is left. */
export function isOver({ leader, left }: Standing): boolean {
  return leader === null && left.length === 0;
}

/** Reads what {@linkcode Ending} says; null when the program was not told to end, or the file is damaged. */
export async function readEnding(runtime: Runtime, { endingFile }: Program): Promise<Ending | null> {
  const { told_at_age_s: toldAtAgeS, members } = parseObject(
    await runtime.files.readTextIfExists(endingFile) ?? "",
  ) ?? {};
  if (typeof toldAtAgeS !== "number" || !Array.isArray(members)) return null;
  return {
    toldAtAgeS,
    members: members.filter(Array.isArray).map(([pid, startTime]) => ({ pid, startTime })),
  };
}

/** Writes what {@linkcode Ending} says. */
export async function writeEnding(
  runtime: Runtime,
  endingFile: string,
  { toldAtAgeS, members }: Ending,
): Promise<void> {
  const facts = {
    told_at_age_s: toldAtAgeS,
    members: members.map(({ pid, startTime }) => [pid, startTime]),
  };
  await runtime.files.writeText(endingFile, JSON.stringify(facts));
}

function isProgram(table: ProcessTable, process: Process, { program, claim }: Claimed): boolean {
  return !process.zombie && isSame(process, claim) &&
    table.endsWith(process.commandLine, argumentsOf(program).join(" "));
}

/** A process that is ending loses its command line a moment before it is a zombie. */
function isEnding({ zombie, commandLine }: Process): boolean {
  return zombie || commandLine === "";
}

function isSame(process: Process, { pid, startTime }: ProcessName): boolean {
  return process.pid === pid && process.startTime === startTime;
}

/**
 * Whether a session whose leader has ended is the program's. Its number alone proves nothing, for it may be a later
 * session's. `numbered` is the process that has the leader's number now.
 */
async function isOurs(
  runtime: Runtime,
  table: ProcessTable,
  { program, claim }: Claimed,
  numbered: Process | null,
  session: readonly Process[],
): Promise<boolean> {
  if (session.length === 0) return false;
  // While a session has members its number is given to no new process: another one there means that ours is empty.
  if (numbered !== null) return isEnding(numbered) && isSame(numbered, claim);
  const told = (await readEnding(runtime, program))?.members ?? [];
  if (session.some((member) => told.some((name) => isSame(member, name)))) return true;
  const mark = markOf(program).join("=");
  return (await Promise.all(session.map(({ pid }) => table.carries(pid, mark)))).includes(true);
}
