/** The processes of this machine, from /proc. @module */

/** One living process. */
export interface Process {
  readonly pid: number;
  /** The process that began its session. */
  readonly sessionLeader: number;
  /** Its arguments, joined by spaces. */
  readonly commandLine: string;
  /** `NAME=value`; empty when we may not read it. */
  readonly environment: readonly string[];
}

/** Every living process but this one; one that has ended and was not waited for is not living. */
export function livingProcesses(): Process[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name }) => /^\d+$/.test(name) && Number(name) !== Deno.pid)
    .map(({ name }) => ({ name, stat: /\) (\S) \d+ \d+ (\d+)/.exec(read(`/proc/${name}/stat`)) }))
    .map(({ name, stat }) => ({
      pid: Number(name),
      state: stat?.[1] ?? "X",
      sessionLeader: Number(stat?.[2]),
      commandLine: read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
      environment: read(`/proc/${name}/environ`).split("\0"),
    }))
    .filter(({ state }) => state !== "Z" && state !== "X");
}

/** Kills a process by its id; it may have ended. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && (error as { code?: string }).code !== "ESRCH") {
      throw error;
    }
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // it ended, or is somebody else's
  }
}
