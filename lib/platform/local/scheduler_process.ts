/** The scheduler's process on this machine: finding, starting and terminating it. @module */

import { dirname, join } from "node:path";
import { leaseTermsOf } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { longestBootS } from "../../config/pools_of.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import { PrerequisiteError, XcoreError } from "../../errors.ts";
import { SCHEDULER } from "../../model/mod.ts";
import { writeMessage } from "../../protocol/read_message.ts";
import type { Runtime } from "../../runtime.ts";
import { pollUntil } from "../../util/poll_until.ts";
import type { PlatformOptions } from "../platform.ts";
import type { LogPart } from "../provider.ts";
import { bootLog, lastLineOf, logFile, pruneLogs } from "./boot_log.ts";
import { programFiles, type Start, startProcesses, writeProgramFiles } from "./start_processes.ts";
import { parseObject, parseRecord, type ProcessRecord } from "./pid_files.ts";
import { argumentsOf, isGone, processStatuses, type Program } from "./process_status.ts";
import { type ProcessTable, processTable } from "./process_table.ts";
import { terminate, type TrackedProcess } from "./terminate.ts";

/** Where a scheduler on this machine listens. */
export interface Address {
  /** Dask's own port. */
  readonly port: number;
  /** The mutual-TLS port of the preload. */
  readonly httpPort: number;
}

/** The scheduler's process and its ports, which stay when the config's change. */
export interface SchedulerRecord extends ProcessRecord, Address {}

/** A run of the scheduler as a program. */
function schedulerProgram(home: Home, clusterId: string, attempt: string): Program {
  return {
    clusterId,
    name: SCHEDULER,
    attempt,
    script: programFiles(home).scheduler,
    pidFile: join(home.run, "scheduler.json"),
    terminationFile: join(home.run, "scheduler.ending"),
  };
}

/**
 * The scheduler's record; null when there is none, `damaged` when it does not say what it should.
 */
export async function readSchedulerRecord(
  runtime: Runtime,
  home: Home,
): Promise<SchedulerRecord | "damaged" | null> {
  const text = await runtime.files.readTextIfExists(schedulerProgram(home, "", "").pidFile);
  if (text === null) return null;
  const record = parseRecord(text);
  const { port, http_port: httpPort } = parseObject(text) ?? {};
  if (record?.name !== SCHEDULER || !isPort(port) || !isPort(httpPort)) return "damaged";
  return { ...record, port, httpPort };
}

/** The URL by which workers and clients reach a scheduler on this machine. */
export function schedulerUrl(port: number): string {
  return `tls://127.0.0.1:${port}`;
}

/** Whether it is a TCP port's number. */
function isPort(value: unknown): value is number {
  return Number.isInteger(value) && value as number > 0 && value as number < 65_536;
}

/** What is asked of a scheduler. */
export interface WantedScheduler extends Address {
  /** The current folder of its workers' tasks. */
  readonly workingDir: string;
}

/** The one run of a scheduler that is wanted. */
interface SchedulerSpec extends WantedScheduler {
  readonly attempt: string;
}

/** The files about the scheduler that is wanted. */
function specFiles(home: Home): { readonly spec: string; readonly preload: string } {
  return { spec: join(home.run, "scheduler-spec.json"), preload: join(home.run, "scheduler-preload.json") };
}

/** Writes what the scheduler shall be. */
async function writeSchedulerSpec(
  { runtime, home, config }: PlatformOptions,
  { attempt, port, httpPort, workingDir }: SchedulerSpec,
): Promise<void> {
  const files = specFiles(home);
  const { caFile, scheduler: { certFile, keyFile } } = tlsFiles(home.tls);
  const preload = writeMessage("settings", {
    clusterId: config.clusterId,
    host: "127.0.0.1",
    port: httpPort,
    ...{ caFile, certFile, keyFile },
    scatterTimeoutS: longestBootS(config),
    ...leaseTermsOf(config),
  });
  await runtime.files.writeText(files.preload, JSON.stringify(preload, null, 2));
  const spec = {
    ...{ ca_file: caFile, cert_file: certFile, key_file: keyFile },
    ...{ attempt, port, http_port: httpPort, working_dir: workingDir },
  };
  await runtime.files.writeText(files.spec, JSON.stringify(spec, null, 2));
}

/** The scheduler that is wanted; null when none is, or the file is damaged. */
export async function readSchedulerSpec(runtime: Runtime, home: Home): Promise<SchedulerSpec | null> {
  const text = await runtime.files.readTextIfExists(specFiles(home).spec);
  const { attempt, port, http_port: httpPort, working_dir: dir } = parseObject(text ?? "") ?? {};
  if (typeof attempt !== "string" || !isPort(port) || !isPort(httpPort)) return null;
  // An older xcore's says none.
  return { attempt, port, httpPort, workingDir: typeof dir === "string" ? dir : scratchOf(home.run) };
}

const ATTEMPT_ID_BYTES = 12;
const POLL_EVERY_MS = 50;

/** A scheduler's process that is there, or has left something behind. */
export interface SchedulerProcess extends TrackedProcess {
  readonly record: SchedulerRecord;
}

/** What is known of the scheduler. */
export interface SchedulerFacts {
  /** Null: there is no process, nor anything left of one. */
  readonly process: SchedulerProcess | null;
  /** Where the one listens that is there or should be; null when none should be. */
  readonly address: Address | null;
  /** What was asked of it; null when none should be. */
  readonly wanted: WantedScheduler | null;
}

/** What is known of the scheduler's process. Changes nothing. */
export async function findScheduler({ runtime, home, config }: PlatformOptions): Promise<SchedulerFacts> {
  const spec = await readSchedulerSpec(runtime, home);
  const table = processTable(runtime);
  const written = await readSchedulerRecord(runtime, home);
  const record = written === "damaged" ? await recordFromTable({ runtime, home, config }, table) : written;
  if (record === null) return { process: null, address: spec, wanted: spec };
  // By its own cluster's id and not the config's: a scheduler of this folder is in the way,
  // whosever it is.
  const program = schedulerProgram(home, record.clusterId, record.attempt);
  const [status] = await processStatuses(runtime, table, [{ program, record }]);
  const over = status === undefined || isGone(status);
  return {
    process: over ? null : { program, record, status },
    address: over ? spec : record,
    wanted: spec,
  };
}

/** Whether the scheduler runs and was not told to terminate. */
export async function isServing(
  { runtime }: PlatformOptions,
  { status, program }: SchedulerProcess,
): Promise<boolean> {
  return status.leader !== null && !await runtime.files.exists(program.terminationFile);
}

/**
 * Starts the scheduler in the place of one that has ended, and returns when its process is there.
 *
 * @throws {PrerequisiteError} there is no Python, or no certificates
 * @throws {XcoreError} its Python ends at once
 */
export async function startScheduler(options: PlatformOptions, wanted: WantedScheduler): Promise<void> {
  const { runtime, home, config } = options;
  const python = await prerequisites(options);
  await forgetScheduler(options);
  await writeProgramFiles(runtime, home);
  const attempt = runtime.random.hex(ATTEMPT_ID_BYTES);
  await writeSchedulerSpec(options, { ...wanted, attempt });
  await pruneLogs(runtime, home.logs, (name) => name === SCHEDULER, new Set());
  const start: Start = {
    program: schedulerProgram(home, config.clusterId, attempt),
    folder: scratchOf(home.run),
    logFile: logFile(home.logs, SCHEDULER, attempt, runtime.clock.nowMs()),
    env: { XCORE_PRELOAD: specFiles(home).preload },
  };
  const unrecorded = await startProcesses({ runtime, home, table: processTable(runtime), python }, [start]);
  if (unrecorded.length === 0) return;
  throw new XcoreError(
    `Cannot start the scheduler: its Python ended at once (${await lastLineOf(runtime, start.logFile)})`,
    `Read ${JSON.stringify(start.logFile)}; \`xcore config set python PATH\` names another Python.`,
  );
}

/**
 * Ends the scheduler and all it started, and waits until it is gone.
 *
 * @param withinMs how long to wait
 * @param killAfterS seconds that it has to end by itself; default 5
 * @returns false when something of it is still there
 */
export async function terminateScheduler(
  options: PlatformOptions,
  withinMs: number,
  killAfterS?: number,
): Promise<boolean> {
  const { runtime } = options;
  const gone = await pollUntil(runtime.clock, { everyMs: POLL_EVERY_MS, withinMs }, async () => {
    const { process } = await findScheduler(options);
    if (process === null) return true;
    await terminate(runtime, processTable(runtime), [process], killAfterS);
    return null;
  });
  return gone !== null;
}

/** Removes what a scheduler that is gone has left on disk, but for its log. */
export async function forgetScheduler({ runtime, home }: PlatformOptions): Promise<void> {
  const { pidFile, terminationFile } = schedulerProgram(home, "", "");
  const { spec, preload } = specFiles(home);
  // What says that there should be one goes first: a process that is slow to start finds that it is
  // not wanted.
  for (const path of [spec, preload, terminationFile, pidFile, scratchOf(home.run)]) {
    await runtime.files.removeTree(path, home.dir);
  }
}

/**
 * What the newest scheduler has printed, or what came `after` a part; null when there never was
 * one.
 */
export async function schedulerLog(
  { runtime, home }: PlatformOptions,
  after?: string,
): Promise<LogPart | null> {
  return await bootLog({ runtime, home }, SCHEDULER, null, after);
}

function scratchOf(run: string): string {
  return join(run, "scratch", SCHEDULER);
}

async function prerequisites({ runtime, home, config }: PlatformOptions): Promise<string> {
  if (config.python === null) {
    throw new PrerequisiteError(
      "Cannot start the scheduler: the config names no Python",
      "Name one with `xcore config set python PATH`.",
    );
  }
  const { caFile, scheduler, worker } = tlsFiles(home.tls);
  for (const path of [caFile, ...Object.values(scheduler), ...Object.values(worker)]) {
    if (await runtime.files.exists(path)) continue;
    throw new PrerequisiteError(
      `Cannot start the scheduler: there is no ${path}`,
      `Remove ${JSON.stringify(dirname(path))} and run \`xcore start\`, which makes new certificates.`,
    );
  }
  return config.python;
}

/**
 * A record that cannot be read, as the process table tells it; null when there is no such process.
 */
async function recordFromTable(
  { runtime, home, config }: PlatformOptions,
  table: ProcessTable,
): Promise<SchedulerRecord | null> {
  const spec = await readSchedulerSpec(runtime, home);
  if (spec === null) return null;
  const program = schedulerProgram(home, config.clusterId, spec.attempt);
  const tail = argumentsOf(program).join(" ");
  const leader = (await table.living()).find(({ pid, session, commandLine }) =>
    pid === session && table.endsWith(commandLine, tail)
  );
  if (leader === undefined) return null;
  const { pid, startTime, ageS } = leader;
  const launchedAtMs = runtime.clock.nowMs() - Math.round(ageS * 1000);
  const { clusterId, name } = program;
  return { ...spec, clusterId, name, pid, startTime, launchedAtMs };
}
