/** The process table of Linux, from /proc. @module */

import type { Runtime } from "../../runtime.ts";
import type { Process, ProcessTable } from "./process.ts";

/** USER_HZ: the unit of times in /proc on every architecture, whatever the kernel's own tick. */
const TICKS_PER_S = 100;

/** What /proc/<pid>/stat says. */
export interface ProcStat {
  readonly zombie: boolean;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
}

/** Reads the text of /proc/<pid>/stat; null when it is none. */
export function parseStat(text: string): ProcStat | null {
  // The program's name, in brackets, may hold spaces, brackets and newlines: count from the last bracket.
  const [state, , , session, ...rest] = text.slice(text.lastIndexOf(")") + 1).trim().split(" ");
  const startTicks = rest[22 - 7];
  if (state === undefined || session === undefined || startTicks === undefined) return null;
  return { zombie: state === "Z" || state === "X", session: Number(session), startTicks };
}

/** The process table of Linux. */
export function procTable(runtime: Runtime): ProcessTable {
  const read = async (path: string): Promise<string | null> => {
    try {
      return await runtime.files.readTextIfExists(path);
    } catch (error) {
      if (isGone(error) || error instanceof Deno.errors.PermissionDenied) return null;
      throw error;
    }
  };

  const uptimeS = async () => Number.parseFloat(await runtime.files.readText("/proc/uptime"));

  const processOf = async (pid: number, upS: number): Promise<Process | null> => {
    const stat = parseStat(await read(`/proc/${pid}/stat`) ?? "");
    if (stat === null) return null;
    const commandLine = await read(`/proc/${pid}/cmdline`) ?? "";
    return {
      pid,
      startTime: stat.startTicks,
      ageS: Math.max(0, upS - Number(stat.startTicks) / TICKS_PER_S),
      zombie: stat.zombie,
      session: stat.session,
      commandLine: commandLine.replace(/\0$/, "").replaceAll("\0", " "),
    };
  };

  const identify = async (pids: readonly number[]) => {
    const upS = pids.length === 0 ? 0 : await uptimeS();
    const found = await Promise.all(pids.map((pid) => processOf(pid, upS)));
    return new Map(found.filter((process) => process !== null).map((process) => [process.pid, process]));
  };

  const living = async (): Promise<Process[]> => {
    const pids = (await runtime.files.list("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    return [...(await identify(pids)).values()].filter(({ zombie }) => !zombie);
  };

  return {
    identify,
    living,
    endsWith: (commandLine, tail) => commandLine.endsWith(` ${tail}`),
    carries: async (pid, variable) =>
      (await read(`/proc/${pid}/environ`) ?? "").split("\0").includes(variable),
  };
}

/** The process ended between opening its file and reading it. */
function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === "ESRCH" || String(error).includes("os error 3");
}
