/** A program that runs as a process on this machine: a worker or the scheduler. @module */

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
