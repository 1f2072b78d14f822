/**
 * The files of the run folder: what each process says of itself, what a launch asks of its workers,
 * and what is kept of them.
 * @module
 */

import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import { memoryBytesOf, poolsOf, workersOf } from "../../config/pools_of.ts";
import { tlsFiles } from "../../dask/tls_files.ts";
import type { Attempt, Market } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import { isTime } from "../../util/is_time.ts";
import { fewAtOnce } from "./process_table.ts";

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

/** A worker: one name of one attempt. */
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

/** The files of one worker, all in the cluster's `run` folder. */
export interface InstanceFiles {
  readonly pidFile: string;
  /** Where the record is kept once the process is gone: an attempt makes each of its names once. */
  readonly ended: string;
  /** Says that the process was told to terminate. */
  readonly termination: string;
  /** The process's current folder, Dask's files among the rest. */
  readonly scratch: string;
}

/** The files of a worker. */
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

/**
 * A folder in a record's place, or a file we may not read, counts as damage and not as a failure.
 */
async function readAnything(runtime: Runtime, path: string): Promise<string | null> {
  try {
    return await runtime.files.readTextIfExists(path);
  } catch {
    return "";
  }
}

/** A connection breaks at once, and its process may take a moment over its end. */
const SAME_END_MS = 60_000;

/** See `Provider.causeOf`: what a worker's supervisor wrote, before or after the record was put away. */
export async function causeOf(
  { runtime, home }: { readonly runtime: Runtime; readonly home: Home },
  name: string,
  atMs: number,
): Promise<string | null> {
  for (const folder of [home.run, join(home.run, "ended")]) {
    for (const file of await runtime.files.list(folder)) {
      if (PID_FILE.exec(file)?.[2] !== name) continue;
      const { cause, ended_at_ms: endedAtMs } =
        parseObject(await readAnything(runtime, join(folder, file)) ?? "") ??
          {};
      if (isText(cause) && isNumber(endedAtMs) && Math.abs(endedAtMs - atMs) < SAME_END_MS) return cause;
    }
  }
  return null;
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
  if (!isText(clusterId) || !isText(name) || !isText(attempt) || !isTime(launchedAtMs)) return null;
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

/** The file of one launch. */
export function specFile(home: Home, attempt: string): string {
  return join(home.run, `${attempt}.json`);
}

/**
 * Writes what the workers of this launch shall be.
 *
 * @param scheduler its URL
 * @param workingDir the current folder of their tasks; null: one of their own
 */
export async function writeSpec(
  { runtime, home, config }: { runtime: Runtime; home: Home; config: Config },
  attempt: Attempt,
  scheduler: string,
  workingDir: string | null,
): Promise<void> {
  const tls = tlsFiles(home.tls);
  const spec = {
    cluster_id: config.clusterId,
    attempt: attempt.id,
    names: attempt.names,
    scheduler,
    ca_file: tls.caFile,
    cert_file: tls.worker.certFile,
    key_file: tls.worker.keyFile,
    slots: attempt.slots,
    resources: attempt.resources,
    boot_delay_s: config.bootDelayS,
    death_timeout_s: bootTimeoutS(config, attempt.pool),
    memory_bytes: memoryBytesOf(config),
    sharers: workersOf(config),
    threads: config.threadsPerTask,
    working_dir: workingDir,
    env: config.env,
    pool: attempt.pool,
    type: attempt.type,
    accelerator: attempt.accelerator,
    zone: attempt.zone,
    market: attempt.market,
  };
  await runtime.files.writeText(specFile(home, attempt.id), JSON.stringify(spec, null, 2));
}

/** The names of a launch; null when its file is gone or damaged. */
async function readSpec(
  runtime: Runtime,
  home: Home,
  attempt: string,
): Promise<{ readonly names: readonly string[] } | null> {
  const { names } = parseObject(await runtime.files.readTextIfExists(specFile(home, attempt)) ?? "") ?? {};
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) return null;
  return { names };
}

/**
 * Seconds that a worker of this pool may take to join; of a pool that is no longer configured, the
 * longest of all.
 */
function bootTimeoutS(config: Config, pool: string): number {
  const pools = poolsOf(config);
  return pools.find(({ name }) => name === pool)?.bootTimeoutS ??
    Math.max(...pools.map(({ bootTimeoutS }) => bootTimeoutS));
}

/**
 * More notes than this and the oldest go, down to half of it; an attempt is repeated within minutes
 * or never.
 */
const NOTES = 1000;

/**
 * Puts a worker's record away and removes its other files. A home that cannot be written is left as
 * it is: a listing must not fail for that.
 */
export async function forget(runtime: Runtime, home: Home, place: InstanceName): Promise<void> {
  const { files } = runtime;
  const { pidFile, ended, termination, scratch } = instanceFiles(home.run, place);
  try {
    await files.mkdir(join(home.run, "ended"));
    // The record last: after an interruption it is found again.
    await files.removeTree(scratch, home.dir);
    await files.remove(termination);
    await files.rename(pidFile, ended).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // another process was faster
    });
    await dropSpec(runtime, home, place.attempt);
    await dropOldNotes(runtime, home);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
}

/** The launch's own file goes when all its names are gone. */
async function dropSpec(runtime: Runtime, home: Home, attempt: string): Promise<void> {
  const names = (await readSpec(runtime, home, attempt))?.names ?? [];
  const over = await fewAtOnce(
    names,
    (name) => runtime.files.exists(instanceFiles(home.run, { attempt, name }).ended),
  );
  if (!over.includes(false)) await runtime.files.remove(specFile(home, attempt));
}

async function dropOldNotes(runtime: Runtime, home: Home): Promise<void> {
  const folder = join(home.run, "ended");
  const notes = await runtime.files.list(folder);
  if (notes.length <= NOTES) return;
  const dated = await fewAtOnce(notes, async (note) => {
    const text = await runtime.files.readTextIfExists(join(folder, note)).catch(() => null);
    return { note, atMs: parseRecord(text ?? "")?.launchedAtMs ?? 0 };
  });
  dated.sort((a, b) => a.atMs - b.atMs);
  for (const { note } of dated.slice(0, -NOTES / 2)) {
    await runtime.files.removeTree(join(folder, note), home.dir);
  }
}
