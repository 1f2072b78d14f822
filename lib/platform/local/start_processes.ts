/**
 * Starts the Python programs of local processes, and waits until each has said who it is.
 * @module
 */

import { dirname, join } from "node:path";
import { EMBEDDED } from "../../_embedded.ts";
import type { Home } from "../../config/home.ts";
import { PrerequisiteError, XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { pollUntil } from "../../util/poll_until.ts";
import { writeIfNew } from "../../util/write_if_new.ts";
import { WITH_ENVIRONMENT } from "../../service/environment.ts";
import { readNote, type ServiceNote } from "../../service/service.ts";
import { startInUnit, type TransientProgram } from "../../service/systemd.ts";
import { PRELOAD_FILES } from "../boot/boot_files.ts";
import { argumentsOf, markOf, type Program } from "./process_status.ts";
import type { ProcessTable } from "./process_table.ts";

/**
 * An interpreter needs a twentieth of this; a folder far away or a cold disk may need most of it.
 */
const RECORD_WITHIN_MS = 10_000;
const POLL_EVERY_MS = 15;

/** How to start a program. */
export interface Start {
  readonly program: Program;
  /** Its current folder; made when missing. */
  readonly folder: string;
  /** Gets both its outputs. */
  readonly logFile: string;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What programs are started with. */
export interface Starter {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly table: ProcessTable;
  /** The interpreter. */
  readonly python: string;
}

/**
 * Starts the programs, each in a session of its own, and waits until each has written its record or
 * has ended. Where systemd runs the daemon each gets a unit of its own too: what is started in the
 * daemon's unit ends with it.
 *
 * @returns those that are not recorded: they ended at once, or are too slow to wait for
 * @throws {PrerequisiteError} there is no such interpreter
 */
export async function startProcesses(starter: Starter, starts: readonly Start[]): Promise<readonly Start[]> {
  const { runtime, home, table } = starter;
  const service = await readNote(runtime, home);
  const waiting = new Map<number, Start>();
  const unrecorded: Start[] = [];
  for (const start of starts) {
    await runtime.files.mkdir(dirname(start.logFile));
    await runtime.files.mkdir(start.folder);
    const pid = service === null || service.manager === "launchd"
      ? spawn(starter, start, service)
      : await spawnInUnit(starter, start, service.manager);
    if (pid !== null) waiting.set(pid, start);
    else if (!await runtime.files.exists(start.program.pidFile)) unrecorded.push(start);
  }
  const times = { everyMs: POLL_EVERY_MS, withinMs: RECORD_WITHIN_MS };
  await pollUntil(runtime.clock, times, async () => {
    // Processes first: one that writes its record and ends in between has written it.
    const processes = await table.identify([...waiting.keys()]);
    for (const [pid, start] of [...waiting]) {
      const runs = processes.get(pid)?.zombie === false;
      const recorded = await runtime.files.exists(start.program.pidFile);
      if (runs && !recorded) continue;
      waiting.delete(pid);
      if (!recorded) unrecorded.push(start);
    }
    return waiting.size === 0 || null;
  });
  return [...unrecorded, ...waiting.values()];
}

function spawn({ runtime, home, python }: Starter, start: Start, service: ServiceNote | null): number {
  const { program, folder, logFile } = start;
  const command = [python, ...argumentsOf(program)];
  try {
    return runtime.spawnDetached(
      service === null ? command : ["/bin/sh", "-c", WITH_ENVIRONMENT, home.jobEnv, ...command],
      { cwd: folder, logPath: logFile, env: environmentOf(start) },
    );
  } catch (error) {
    throw isUnfit(error) ? noPython(program, python, error) : error;
  }
}

async function spawnInUnit(
  { runtime, home, python }: Starter,
  start: Start,
  manager: "system" | "user",
): Promise<number | null> {
  const { clusterId, name, attempt } = start.program;
  const program: TransientProgram = {
    unit: `xcore-${clusterId}-${name}-${attempt}`,
    description: `${name} of ${clusterId}`,
    command: [python, ...argumentsOf(start.program)],
    cwd: start.folder,
    logPath: start.logFile,
    environmentFile: home.jobEnv,
    env: environmentOf(start),
  };
  try {
    return await startInUnit(runtime, manager, program);
  } catch (error) {
    throw await runtime.files.exists(python) ? error : noPython(start.program, python, error);
  }
}

function noPython({ name }: Program, python: string, cause: unknown): PrerequisiteError {
  return new PrerequisiteError(
    `Cannot start ${name}: ${python} is no Python to be run`,
    "Name one with `xcore config set python PATH`.",
    cause,
  );
}

function environmentOf({ program, env }: Start): Record<string, string> {
  const [name, value] = markOf(program);
  return { ...env, [name]: value };
}

/** The file itself is at fault, and not a machine with too little of something. */
function isUnfit(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  return ["EPERM", "EACCES", "ENOEXEC", "ENOTDIR", "ELOOP"].includes((error as { code?: string }).code ?? "");
}

/** Where the programs are, all in `Home.run`. */
export interface ProgramFiles {
  readonly worker: string;
  readonly scheduler: string;
}

/** The paths of the programs; nothing is read. */
export function programFiles(home: Home): ProgramFiles {
  return {
    worker: join(home.run, "worker.py"),
    scheduler: join(home.run, "scheduler.py"),
  };
}

/**
 * What a program imports lies beside it; Dask's preloads have a folder that a scheduler can keep on
 * its path.
 */
function textsOf(home: Home): (readonly [path: string, source: string])[] {
  const files = programFiles(home);
  const preloads = new Set([...PRELOAD_FILES.worker, ...PRELOAD_FILES.scheduler]);
  return [
    ...["local_process.py", "local_supervisor.py", "node_process.py"].map((name) =>
      [join(home.run, name), name] as const
    ),
    [files.worker, "local_worker.py"],
    [files.scheduler, "local_scheduler.py"],
    ...[...preloads].map((source) => [join(home.run, "preloads", source), source] as const),
  ];
}

/**
 * Writes the programs, those only that are missing or of another version of xcore.
 *
 * @throws {Deno.errors.PermissionDenied} the folder cannot be written
 */
export async function writeProgramFiles(runtime: Runtime, home: Home): Promise<void> {
  const texts = textsOf(home);
  for (const folder of new Set(texts.map(([path]) => dirname(path)))) await runtime.files.mkdir(folder);
  for (const [path, source] of texts) await write(runtime, path, source);
}

async function write(runtime: Runtime, path: string, source: string): Promise<void> {
  const text = EMBEDDED[`python/node/${source}`];
  if (text === undefined) {
    throw new XcoreError(
      `Cannot write ${path}: this build of xcore lacks ${source}`,
      "Build it again: `deno task embed`, then `deno task compile`.",
    );
  }
  await writeIfNew(runtime.files, path, text);
}
