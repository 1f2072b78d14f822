/** The process table of macOS, from `ps`. @module */

import type { Runtime } from "../../runtime.ts";
import type { Process, ProcessTable } from "./process.ts";

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

/** `ps` may write characters outside of printable ASCII in its own way, so the tail counts from after the last of them. */
export function psEndsWith(commandLine: string, tail: string): boolean {
  const shown = tail.replace(/^.*[^\x20-\x7e]/s, "");
  return commandLine.trimEnd().endsWith(shown.length < tail.length ? shown : ` ${tail}`);
}
