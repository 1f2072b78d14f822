/**
 * systemd's programs: systemctl, loginctl, journalctl, systemd-run and systemd-notify.
 * @module
 */

import { XcoreError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";
import type { Manager, ServiceNote } from "./service.ts";

/** The managers that are systemd. */
export type SystemdManager = Exclude<Manager, "launchd">;

/** Exit code for a missing program, as in a shell. */
const NO_PROGRAM = 127;

/** Runs one of systemd's programs for the machine's systemd or for this user's. */
export async function systemd(
  runtime: Runtime,
  manager: SystemdManager,
  [program = "", ...args]: readonly string[],
): Promise<RunResult> {
  const whose = manager === "user" ? ["--user"] : [];
  try {
    return await runtime.run([program, ...whose, ...args], { env: environmentFor(runtime, manager) });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: NO_PROGRAM, stdout: "", stderr: `${program} is not installed` };
  }
}

/** A shell made by su or sudo lacks this variable, which leads to the user's manager. */
function environmentFor(runtime: Runtime, manager: SystemdManager): Record<string, string> {
  const plain = { LC_ALL: "C", SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" };
  return manager === "system" || runtime.env("XDG_RUNTIME_DIR") !== undefined
    ? plain
    : { ...plain, XDG_RUNTIME_DIR: `/run/user/${runtime.uid}` };
}

/** Properties of a unit or, without one, of the manager; null if the manager does not answer. */
export async function show(
  runtime: Runtime,
  manager: SystemdManager,
  properties: readonly string[],
  unit?: string,
): Promise<ReadonlyMap<string, string> | null> {
  const of = unit === undefined ? [] : ["--", unit];
  const { code, stdout } = await systemd(runtime, manager, [
    "systemctl",
    "show",
    `--property=${properties.join(",")}`,
    ...of,
  ]);
  return code === 0 ? propertiesIn(stdout) : null;
}

/** Lines of `Name=value`. */
export function propertiesIn(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return new Map(lines.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

/** The most informative line of a failed program's output. */
export function lastLine({ stdout, stderr }: RunResult): string {
  const lines = (stderr.trim() || stdout.trim()).split("\n");
  return (lines.find((line) => /fail|refus|denied|cannot|not /i.test(line)) ?? lines[0] ?? "").trim();
}

/** Lines of the journal. */
export interface JournalPart {
  /** Lines, newest last; empty if there is nothing new. */
  readonly text: string;
  /** Where to continue; null if nothing was read. */
  readonly cursor: string | null;
}

/** The last lines, or the lines after a cursor. */
export type JournalRange = { readonly lines: number } | { readonly after: string };

/** Reads the journal; a string says why it cannot be read. */
export async function readJournal(
  runtime: Runtime,
  { manager, unit }: ServiceNote,
  range: JournalRange,
): Promise<JournalPart | string> {
  const result = await systemd(runtime, "system", [
    "journalctl",
    // From all journals that may be read: a user's lines are not always in the user's own.
    `--${manager}-unit=${unit}`.replace("--system-unit", "--unit"),
    "--output=json",
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER",
    "lines" in range ? `--lines=${range.lines}` : `--after-cursor=${range.after}`,
  ]);
  if (result.code !== 0) return lastLine(result);
  const part = parseJournal(result.stdout);
  if ("after" in range) return { ...part, cursor: part.cursor ?? range.after };
  return part.cursor === null ? lastLine({ ...result, stdout: "" }) || "it has no lines of the daemon" : part;
}

/** Reads what `journalctl --output=json` printed. */
export function parseJournal(output: string): JournalPart {
  const entries = output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return {
    text: entries.map(lineOf).join(""),
    cursor: entries.at(-1)?.["__CURSOR"] ?? null,
  };
}

/** The daemon's lines begin with their time, systemd's do not. */
const DATED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function lineOf(entry: Record<string, unknown>): string {
  const message = textOf(entry["MESSAGE"]);
  if (DATED.test(message)) return `${message}\n`;
  const at = new Date(Number(entry["__REALTIME_TIMESTAMP"]) / 1000).toISOString();
  return `${at} ${entry["SYSLOG_IDENTIFIER"] ?? "journal"}: ${message}\n`;
}

/** Text with control characters comes as a list of bytes. */
function textOf(message: unknown): string {
  if (typeof message === "string") return message;
  return Array.isArray(message) ? new TextDecoder().decode(Uint8Array.from(message)) : "";
}

/** A program that outlives the process that starts it. */
export interface TransientProgram {
  /** The unit's name without `.service`. */
  readonly unit: string;
  /** Shown in systemd's list of units. */
  readonly description: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Both its outputs are appended here; the file is made 0600. */
  readonly logPath: string;
  /** A file of variables; it may be missing. */
  readonly environmentFile: string;
  /** Further variables, not in that file. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the program, unless one with this unit runs.
 *
 * @returns its process id; null if it has ended at once
 * @throws {XcoreError} systemd does not start it
 */
export async function startInUnit(
  runtime: Runtime,
  manager: SystemdManager,
  program: TransientProgram,
): Promise<number | null> {
  await runtime.files.append(program.logPath, ""); // systemd would make it readable by everyone
  const result = await systemd(runtime, manager, transientCommand(program));
  const properties = await show(runtime, manager, ["MainPID"], `${program.unit}.service`);
  const pid = Number(properties?.get("MainPID") ?? 0);
  if (result.code !== 0 && pid === 0) {
    throw new XcoreError(
      `Cannot start ${program.description}: systemd says: ${lastLine(result)}`,
      `Run \`${program.command[0]}\` to see why, or set XCORE_SERVICE=none to start it without systemd.`,
    );
  }
  return pid === 0 ? null : pid;
}

/** The command for systemd-run. */
export function transientCommand(
  { unit, description, command, cwd, logPath, environmentFile, env }: TransientProgram,
): string[] {
  const properties = {
    StandardOutput: `append:${logPath}`,
    StandardError: `append:${logPath}`,
    EnvironmentFile: `-${environmentFile.replaceAll(/[\\*?[]/g, "\\$&")}`,
    // A task that runs out of memory is killed alone, not with its worker.
    OOMPolicy: "continue",
    TasksMax: "infinity",
    TimeoutStopSec: "10",
  };
  return [
    "systemd-run",
    "--quiet",
    "--collect",
    "--service-type=exec",
    `--unit=${unit}`,
    `--description=${description}`,
    `--working-directory=${cwd}`,
    ...Object.entries(properties).map(([name, value]) => `--property=${name}=${value}`),
    ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
    "--",
    ...command.map((word) => word.replaceAll("$", "$$$$")), // systemd expands variables here
  ];
}

/** Notifications within the watchdog's time. */
const FEEDS = 6;

/**
 * A function to call after each completed tick: the first call reports that the daemon is ready,
 * later ones from time to time that it is alive. Without systemd it does nothing.
 *
 * It runs `systemd-notify`, as datagrams over a unix socket are unstable in Deno. A call takes 6 ms
 * of a processor, once in a sixth of the watchdog's time.
 *
 * @param warn called the first time that it fails
 */
export function tickNotifier(runtime: Runtime, warn: (line: string) => void): () => void {
  if (runtime.env("NOTIFY_SOCKET") === undefined) return () => {};
  const everyMs = Number(runtime.env("WATCHDOG_USEC") ?? Infinity) / 1000 / FEEDS;
  let toldMs = -Infinity;
  let ready = false;
  let telling = false;
  let warned = false;

  const tell = async (word: string) => {
    telling = true;
    const said = await runtime.run(["systemd-notify", word]).catch(String);
    telling = false;
    if (typeof said !== "string" && said.code === 0) {
      ready = true;
      return;
    }
    toldMs = -Infinity; // again at the next tick
    if (!warned) {
      warn(`Cannot notify systemd of ${word}: ${typeof said === "string" ? said : said.stderr.trim()}`);
    }
    warned = true;
  };

  return () => {
    const nowMs = runtime.clock.monotonicMs();
    if (telling || nowMs - toldMs < everyMs) return;
    toldMs = nowMs;
    tell(ready ? "WATCHDOG=1" : "READY=1");
  };
}
