/** The one seam to the system's process table. @module */

/** One process, a zombie included. */
export interface Process {
  readonly pid: number;
  /** Digits; with the pid it names a process for good. Clock ticks since boot on Linux, seconds since 1970 on macOS. */
  readonly startTime: string;
  /** Seconds since it started; on Linux no change of the clock touches this. */
  readonly ageS: number;
  /** Ended, but its parent has not looked. */
  readonly zombie: boolean;
  /** Its session on Linux, its process group on macOS, where `ps` does not tell sessions. */
  readonly session: number;
  /** Arguments joined by single spaces; empty for a zombie. */
  readonly commandLine: string;
}

/** What can be asked of the process table. A process that ends meanwhile is simply not in the answer. */
export interface ProcessTable {
  /** Those of these processes that there are, by pid. */
  identify(pids: readonly number[]): Promise<ReadonlyMap<number, Process>>;
  /** All living processes, zombies not among them. */
  living(): Promise<readonly Process[]>;
  /** Whether the process was started with this variable in its environment (`NAME=value`); false when that is hidden. */
  carries(pid: number, variable: string): Promise<boolean>;
  /** Whether a command line ends with these arguments, as far as this table can show them. */
  endsWith(commandLine: string, commandTail: string): boolean;
}
