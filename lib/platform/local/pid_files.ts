/** The files in which local processes say who they are, written by the processes themselves. @module */

import { join } from "node:path";
import type { Market } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";

/** What every local process says of itself. */
export interface ProcessRecord {
  readonly clusterId: string;
  /** `worker-0`, or `scheduler`. */
  readonly name: string;
  readonly attempt: string;
  readonly pid: number;
  /** See `Process.startTime`. */
  readonly startTime: string;
  /** Wall clock, milliseconds since 1970. */
  readonly launchedAtMs: number;
}

/** What a worker says of itself. */
export interface WorkerRecord extends ProcessRecord {
  readonly pool: string;
  readonly type: string;
  readonly accelerator: string | null;
  readonly zone: string | null;
  readonly market: Market;
  readonly bootDelayS: number;
}

/** A worker's place: one name of one attempt. */
export interface InstanceName {
  readonly attempt: string;
  readonly name: string;
}

/** All of a folder's records. */
export interface PidFiles {
  readonly records: readonly WorkerRecord[];
  /** Whose file does not say what it should; never to be trusted. */
  readonly damaged: readonly InstanceName[];
}

const PID_FILE = /^([^.]+)\.([^.]+)\.json$/;

/** The files of one worker's place, all in the cluster's `run` folder. */
export interface InstanceFiles {
  readonly pidFile: string;
  /** Where the record is kept once the process is gone: an attempt makes each of its names once. */
  readonly ended: string;
  /** Says that the process was told to end. */
  readonly termination: string;
  /** The process's current folder, Dask's files among the rest. */
  readonly scratch: string;
}

/** The files of a worker's place. */
export function instanceFiles(run: string, { attempt, name }: InstanceName): InstanceFiles {
  const instance = `${attempt}.${name}`;
  return {
    pidFile: join(run, `${instance}.json`),
    ended: join(run, "ended", `${instance}.json`),
    termination: join(run, `${instance}.ending`),
    scratch: join(run, "scratch", instance),
  };
}

/** The records in a `run` folder. One that vanishes meanwhile is not among them. */
export async function readPidFiles(runtime: Runtime, run: string): Promise<PidFiles> {
  const records: WorkerRecord[] = [];
  const damaged: InstanceName[] = [];
  for (const file of await runtime.files.list(run)) {
    const [, attempt, name] = PID_FILE.exec(file) ?? [];
    if (attempt === undefined || name === undefined) continue;
    const text = await readAnything(runtime, join(run, file));
    if (text === null) continue;
    const record = parseWorkerRecord(text);
    if (record !== null && record.attempt === attempt && record.name === name) records.push(record);
    else damaged.push({ attempt, name });
  }
  return { records, damaged };
}

/** A folder in a record's place, or a file we may not read, counts as damage and not as a failure. */
async function readAnything(runtime: Runtime, path: string): Promise<string | null> {
  try {
    return await runtime.files.readTextIfExists(path);
  } catch {
    return "";
  }
}

/** What a process said of itself, or null when the text is not that. */
export function parseRecord(text: string): ProcessRecord | null {
  const facts = parseObject(text);
  if (facts === null) return null;
  const record = {
    clusterId: facts["cluster_id"],
    name: facts["name"],
    attempt: facts["attempt"],
    pid: facts["pid"],
    startTime: facts["start_time"],
    launchedAtMs: facts["launched_at_ms"],
  };
  const { clusterId, name, attempt, pid, startTime, launchedAtMs } = record;
  if (!isText(clusterId) || !isText(name) || !isText(attempt) || !isNumber(launchedAtMs)) return null;
  if (!isNumber(pid) || !Number.isInteger(pid) || pid < 2 || pid > 2 ** 31) return null;
  if (!isText(startTime) || !/^\d{1,20}$/.test(startTime)) return null;
  return { clusterId, name, attempt, pid, startTime, launchedAtMs };
}

/** What a worker said of itself, or null when the text is not that. */
export function parseWorkerRecord(text: string): WorkerRecord | null {
  const record = parseRecord(text);
  const { pool, type, accelerator, zone, market, boot_delay_s: bootDelayS } = parseObject(text) ?? {};
  if (record === null || !isText(pool) || !isText(type) || !isNumber(bootDelayS)) return null;
  if (!isTextOrNull(accelerator) || !isTextOrNull(zone) || (market !== "on-demand" && market !== "spot")) {
    return null;
  }
  return { ...record, pool, type, accelerator, zone, market, bootDelayS };
}

/** The text as a JSON object, or null. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** True when something could not be written for want of room or of permission. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    ["EROFS", "ENOSPC", "EDQUOT"].includes((error as { code?: string }).code ?? "");
}
