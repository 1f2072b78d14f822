/** The system's process table: /proc on Linux, `ps` on macOS. @module */

import { PrerequisiteError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";

/** One process, a zombie included. */
export interface Process {
  readonly pid: number;
  /**
   * Digits; with the pid it names a process for good. Clock ticks since boot on Linux, seconds
   * since 1970 on macOS.
   */
  readonly startTime: string;
  /** Seconds since it started; on Linux no change of the clock touches this. */
  readonly ageS: number;
  /** Ended, but not reaped by its parent. */
  readonly zombie: boolean;
  /** By SIGSTOP, or under a debugger: it does nothing until it is let go on. */
  readonly stopped: boolean;
  /** Its session on Linux, its process group on macOS, where `ps` does not tell sessions. */
  readonly session: number;
  /** Arguments joined by single spaces; empty for a zombie. */
  readonly commandLine: string;
}

/**
 * What can be asked of the process table. A process that ends meanwhile is simply not in the
 * answer.
 */
export interface ProcessTable {
  /** Those of these processes that there are, by pid. */
  identify(pids: readonly number[]): Promise<ReadonlyMap<number, Process>>;
  /** All living processes, zombies not among them. */
  living(): Promise<readonly Process[]>;
  /**
   * Whether the process was started with this variable in its environment (`NAME=value`); false
   * when that is hidden.
   */
  carries(pid: number, variable: string): Promise<boolean>;
  /** Whether a command line ends with these arguments, as far as this table can show them. */
  endsWith(commandLine: string, commandTail: string): boolean;
}

/**
 * This system's process table.
 *
 * @throws {PrerequisiteError} it is neither Linux nor macOS
 */
export function processTable(runtime: Runtime): ProcessTable {
  if (runtime.os === "linux") return procTable(runtime);
  if (runtime.os === "darwin") return psTable(runtime);
  throw new PrerequisiteError(
    `Cannot run workers on this machine: ${runtime.os} has neither /proc nor ps`,
    "Use Linux, macOS or the Windows Subsystem for Linux.",
  );
}

/** USER_HZ: the unit of times in /proc on every architecture, whatever the kernel's own tick. */
const TICKS_PER_S = 100;

/** A program has replaced another long before; what is still empty then has no variables. */
const EXEC_TRIES = 10;
const EXEC_MS = 5;

/** What /proc/<pid>/stat says. */
export interface ProcStat {
  readonly zombie: boolean;
  readonly stopped: boolean;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
}

/** Reads the text of /proc/<pid>/stat; null when it is none. */
export function parseStat(text: string): ProcStat | null {
  // The program's name, in brackets, may hold spaces, brackets and newlines: count from the last
  // bracket.
  const [state, , , session, ...rest] = text.slice(text.lastIndexOf(")") + 1).trim().split(" ");
  const startTicks = rest[22 - 7];
  if (state === undefined || session === undefined || startTicks === undefined) return null;
  return {
    zombie: state === "Z" || state === "X",
    stopped: state === "T" || state === "t",
    session: Number(session),
    startTicks,
  };
}

/**
 * Files that are read at a time: a machine may have more processes than this one may open files.
 */
const READ_AT_ONCE = 8;

/** What `read` makes of each item, few at a time, in their order. */
export async function fewAtOnce<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (let i = 0; i < items.length; i += READ_AT_ONCE) {
    found.push(...await Promise.all(items.slice(i, i + READ_AT_ONCE).map(read)));
  }
  return found;
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
      stopped: stat.stopped,
      session: stat.session,
      commandLine: commandLine.replace(/\0$/, "").replaceAll("\0", " "),
    };
  };

  const identify = async (pids: readonly number[]) => {
    const upS = pids.length === 0 ? 0 : await uptimeS();
    const found = await fewAtOnce(pids, (pid) => processOf(pid, upS));
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
    async carries(pid, variable) {
      let before: string | null = null;
      for (let tries = 0; tries < EXEC_TRIES; tries++) {
        const environment = await read(`/proc/${pid}/environ`);
        if (environment === null) return false;
        if (environment.split("\0").includes(variable)) return true;
        if (environment !== "" && environment === before) return false;
        // Empty, or cut off, while another program takes its place.
        before = environment;
        await runtime.clock.sleep(EXEC_MS);
      }
      return false;
    },
  };
}

/** The process ended between opening its file and reading it. */
function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === "ESRCH" || String(error).includes("os error 3");
}

const COLUMNS = "pid=,pgid=,stat=,etime=,lstart=,command=";

/** pid, group, state, elapsed, started (24 characters), command. */
const LINE = /^ *(\d+) +(\d+) +(\S+) +([\d:-]+) +\w{3} +(\w{3}) +(\d+) (\d+):(\d+):(\d+) (\d{4}) *(.*)$/;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Reads what `ps -o pid=,pgid=,stat=,etime=,lstart=,command=` prints in the C locale and UTC. */
export function parsePs(output: string): Process[] {
  const processes: Process[] = [];
  for (const line of output.split("\n")) {
    const process = parseLine(line);
    if (process !== null) processes.push(process);
    else if (line !== "") continueCommand(processes, line);
  }
  return processes;
}

function parseLine(line: string): Process | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, pid, group, state = "", elapsed = "", month = "", ...rest] = match;
  const [day, hour, minute, second, year] = rest.slice(0, 5).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const startedMs = Date.UTC(year, MONTHS.indexOf(month), day, hour, minute, second);
  return {
    pid: Number(pid),
    startTime: String(startedMs / 1000),
    ageS: parseElapsed(elapsed),
    zombie: state.startsWith("Z"),
    stopped: state.startsWith("T"),
    session: Number(group),
    commandLine: rest[5] ?? "",
  };
}

/** An argument with a line break in it continues on the next line. */
function continueCommand(processes: Process[], line: string): void {
  const last = processes.pop();
  if (last !== undefined) processes.push({ ...last, commandLine: `${last.commandLine}\n${line}` });
}

/** `[[days-]hours:]minutes:seconds` → seconds. */
function parseElapsed(text: string): number {
  const [clock = "", days = "0"] = text.split("-").reverse();
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

/** The process table of macOS. */
export function psTable(runtime: Runtime): ProcessTable {
  const ps = async (...options: string[]) => {
    const { stdout } = await runtime.run(["ps", "-ww", ...options], { env: { LC_ALL: "C", TZ: "UTC" } });
    return stdout;
  };
  return {
    endsWith: psEndsWith,
    identify: async (pids) => {
      if (pids.length === 0) return new Map();
      const found = parsePs(await ps("-o", COLUMNS, "-p", pids.join(",")));
      return new Map(found.map((process) => [process.pid, process]));
    },
    living: async () => parsePs(await ps("-ax", "-o", COLUMNS)).filter(({ zombie }) => !zombie),
    carries: async (pid, variable) =>
      ` ${(await ps("-E", "-o", "command=", "-p", String(pid))).trimEnd()} `.includes(` ${variable} `),
  };
}

/**
 * `ps` may write characters outside of printable ASCII in its own way, so the tail counts from
 * after the last of them.
 */
export function psEndsWith(commandLine: string, tail: string): boolean {
  const shown = tail.replace(/^.*[^\x20-\x7e]/s, "");
  return commandLine.trimEnd().endsWith(shown.length < tail.length ? shown : ` ${tail}`);
}
