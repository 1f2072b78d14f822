/**
 * Launches workers: whatever was interrupted before, afterwards there is one process a name.
 * @module
 */

import { PrerequisiteError, UsageError, XcoreError } from "../../errors.ts";
import { type Attempt, type Instance, type LaunchOutcome, SCHEDULER } from "../../model/mod.ts";
import { lastLineOf, logFile, pruneLogs } from "./boot_log.ts";
import { isTaken, listInstances, type Local, workerProgram } from "./list_instances.ts";
import { instanceFiles, readPidFiles, writeSpec } from "./pid_files.ts";
import { type Start, startProcesses, writeProgramFiles } from "./start_processes.ts";
import { readSchedulerRecord, readSchedulerSpec, schedulerUrl } from "./scheduler_process.ts";

/** Both are part of file names. */
const FIT_FOR_A_FILE = /^[A-Za-z0-9_-]{1,80}$/;

/** See `Provider.launch`. */
export async function launch(local: Local, attempt: Attempt): Promise<LaunchOutcome> {
  checkNames(attempt);
  const missing = await startsOf(local, attempt);
  if (missing.length === 0) return { instances: await instancesOf(local, attempt) };

  const { runtime, home, config, table } = local;
  if (config.python === null) {
    throw new PrerequisiteError(
      "Cannot launch workers: the config names no Python",
      "Name one with `xcore config set python PATH`.",
    );
  }
  await writeProgramFiles(runtime, home);
  const { workingDir = null } = await readSchedulerSpec(runtime, home) ?? {};
  await writeSpec(local, attempt, await schedulerOf(local), workingDir);
  await pruneWorkerLogs(local);
  const unrecorded = await startProcesses({ runtime, home, table, python: config.python }, missing);
  for (const start of unrecorded) await withdraw(local, start);

  const instances = await instancesOf(local, attempt);
  if (instances.length === 0) throw await whyNone(local, unrecorded[0] ?? missing[0]!);
  return { instances };
}

function checkNames({ id, names }: Attempt): void {
  const unfit = [id, ...names].find((text) => !FIT_FOR_A_FILE.test(text));
  if (unfit === undefined) return;
  throw new UsageError(
    `Cannot launch workers: ${JSON.stringify(unfit)} is no name for one`,
    "Use letters, digits, hyphens and underscores.",
  );
}

/** How to start those of the attempt's names that it has not had yet. */
async function startsOf(local: Local, attempt: Attempt): Promise<Start[]> {
  const { home } = local;
  const starts: Start[] = [];
  for (const name of attempt.names) {
    const place = { attempt: attempt.id, name };
    if (await isTaken(local, place)) continue;
    starts.push({
      program: workerProgram(local, place),
      folder: instanceFiles(home.run, place).scratch,
      logFile: logFile(home.logs, name, attempt.id, attempt.atMs),
    });
  }
  return starts;
}

async function instancesOf(local: Local, attempt: Attempt): Promise<Instance[]> {
  const found = await listInstances(local);
  return found.map(({ instance }) => instance).filter(({ attemptId, name }) =>
    attemptId === attempt.id && attempt.names.includes(name)
  );
}

/** Where the scheduler is, which the config may not say any more. */
async function schedulerOf({ runtime, home, config }: Local): Promise<string> {
  const record = await readSchedulerRecord(runtime, home);
  return schedulerUrl(record === null || record === "damaged" ? config.schedulerPort : record.port);
}

async function pruneWorkerLogs({ runtime, home }: Local): Promise<void> {
  const { records, damaged } = await readPidFiles(runtime, home.run);
  const running = new Set([...records, ...damaged].map(({ attempt, name }) => `${attempt}.${name}`));
  await pruneLogs(runtime, home.logs, (name) => name !== SCHEDULER, running);
}

/**
 * Gives up a name without a record, so that its process, should it still come, ends at once: it
 * finds that there is a record, or the note that the name is over.
 */
async function withdraw({ runtime, home }: Local, { program }: Start): Promise<void> {
  const { pidFile, ended } = instanceFiles(home.run, program);
  const note = JSON.stringify({ withdrawn: program.name });
  await runtime.files.mkdir(`${home.run}/ended`);
  await runtime.files.create(ended, note);
  if (await runtime.files.create(pidFile, note)) await runtime.files.remove(pidFile);
}

async function whyNone({ runtime }: Local, { program, logFile }: Start): Promise<XcoreError> {
  return new XcoreError(
    `Cannot launch ${program.name}: its Python ended at once (${await lastLineOf(runtime, logFile)})`,
    `Read ${JSON.stringify(logFile)}; \`xcore config set python PATH\` names another Python.`,
  );
}
