/** A cluster's workers on this machine, by their records and by the process table. @module */

import type { Config } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import type { Instance } from "../../model/mod.ts";
import type { Runtime } from "../../runtime.ts";
import {
  forget,
  instanceFiles,
  type InstanceName,
  parseObject,
  parseWorkerRecord,
  readPidFiles,
  specFile,
  type WorkerRecord,
} from "./pid_files.ts";
import { programFiles } from "./start_processes.ts";
import type { ProcessTable } from "./process_table.ts";
import { argumentsOf, isGone, type ProcessStatus, processStatuses, type Program } from "./process_status.ts";

/** What is said of a worker whose launch is not recorded. */
const UNKNOWN = {
  pool: "default",
  type: "local",
  accelerator: null,
  zone: null,
  market: "on-demand",
  boot_delay_s: 0,
};

/** What the provider's functions work with. */
export interface Local {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly config: Config;
  readonly table: ProcessTable;
}

/** A worker that is not gone. */
export interface FoundWorker {
  readonly program: Program;
  readonly record: WorkerRecord;
  readonly status: ProcessStatus;
  readonly instance: Instance;
}

/** A worker as a program. */
export function workerProgram(
  { home, config }: Pick<Local, "home" | "config">,
  place: InstanceName,
): Program {
  const files = instanceFiles(home.run, place);
  return {
    ...place,
    clusterId: config.clusterId,
    script: programFiles(home).worker,
    pidFile: files.pidFile,
    terminationFile: files.termination,
  };
}

/**
 * Every worker that is not gone; what is gone loses its files but for its log and the note that it
 * was.
 */
export async function listInstances(local: Local): Promise<FoundWorker[]> {
  const { runtime, home, config, table } = local;
  const { records, damaged } = await readPidFiles(runtime, home.run);
  const repaired: (WorkerRecord | null)[] = [];
  for (const place of damaged) repaired.push(await repair(local, place));
  const recorded = [...records, ...repaired.filter((record) => record !== null)]
    .filter(({ clusterId }) => clusterId === config.clusterId)
    .map((record) => ({ record, program: workerProgram(local, record) }));
  const statuses = await processStatuses(runtime, table, recorded);

  const found: FoundWorker[] = [];
  for (const [index, { record, program }] of recorded.entries()) {
    const status = statuses[index]!;
    if (isGone(status)) {
      await forget(runtime, home, record);
      continue;
    }
    const instance = await instanceOf(local, program, record, status);
    found.push({ record, program, status, instance });
  }
  return found;
}

async function instanceOf(
  { runtime }: Local,
  program: Program,
  record: WorkerRecord,
  { leader }: ProcessStatus,
): Promise<Instance> {
  const { name, attempt, pool, type, accelerator, zone, market } = record;
  const ageS = leader?.ageS ?? Math.max(0, (runtime.clock.nowMs() - record.launchedAtMs) / 1000);
  const told = await runtime.files.exists(program.terminationFile);
  const state = leader === null || told ? "stopping" : ageS < record.bootDelayS ? "pending" : "running";
  const id = `${record.pid}-${record.startTime}`;
  return { id, name, attemptId: attempt, pool, type, accelerator, zone, market, state, ageS, address: null };
}

/**
 * A record that cannot be read is replaced by what the process table says, or set aside when there
 * is no such process.
 */
async function repair(local: Local, place: InstanceName): Promise<WorkerRecord | null> {
  const { runtime, home, config, table } = local;
  const program = workerProgram(local, place);
  const tail = argumentsOf(program).join(" ");
  const leader = (await table.living()).find(({ pid, session, commandLine }) =>
    pid === session && table.endsWith(commandLine, tail) // what it has forked has the same arguments
  );
  if (leader === undefined) {
    await forget(runtime, home, place);
    return null;
  }
  const facts = {
    cluster_id: config.clusterId,
    ...place,
    pid: leader.pid,
    start_time: leader.startTime,
    launched_at_ms: runtime.clock.nowMs() - Math.round(leader.ageS * 1000),
  };
  const spec = parseObject(await runtime.files.readTextIfExists(specFile(home, place.attempt)) ?? "");
  const text = [{ ...spec, ...facts }, { ...UNKNOWN, ...facts }].map((record) =>
    JSON.stringify(record, null, 2)
  )
    .find((text) => parseWorkerRecord(text) !== null)!;
  await runtime.files.writeText(program.pidFile, text).catch(async () => {
    await runtime.files.removeTree(program.pidFile, home.dir); // a folder, say
    await runtime.files.writeText(program.pidFile, text);
  });
  return parseWorkerRecord(text);
}

/** Whether the attempt has had this name already, running now or not. */
export async function isTaken({ runtime, home }: Local, place: InstanceName): Promise<boolean> {
  const { pidFile, ended } = instanceFiles(home.run, place);
  return await runtime.files.exists(pidFile) || await runtime.files.exists(ended);
}
