/** The base on this machine: the scheduler as a process. @module */

import { join } from "node:path";
import { ConflictError, SchedulerError, UsageError, XcoreError } from "../../errors.ts";
import { pollUntil } from "../../util/poll_until.ts";
import type { Base, BaseState, Progress, SchedulerKnown } from "../base.ts";
import type { PlatformOptions } from "../platform.ts";
import { freePortPair, portIsFree, portOwner, portsOfOthers } from "./ports.ts";
import {
  findScheduler,
  forgetScheduler,
  isServing,
  schedulerLog,
  schedulerUrl,
  startScheduler,
  terminateScheduler,
  type WantedScheduler,
} from "./scheduler_process.ts";

/**
 * Dask closes in a second, is killed after five, and a kernel may take its time over a full disk.
 */
const END_WITHIN_MS = 20_000;

/** A killed process is over before the kernel has taken its ports from all of its threads. */
const RELEASE_WITHIN_MS = 3000;
const POLL_EVERY_MS = 50;

/** Python may have to be read from a cold disk. */
const SCHEDULER_WITHIN_S = 60;

const DOWN: BaseState = { state: "down", url: null, http: null, startedAtMs: null };

/**
 * The base on this machine. A change holds a lock in `Home.run`, so that a daemon that repairs and
 * a user who shuts down do not meet.
 */
export function base(options: PlatformOptions): Base {
  const { config } = options;
  return {
    schedulerWithinS: SCHEDULER_WITHIN_S,
    images: null,
    async suggestConfig() {
      const taken = await portsOfOthers(options.runtime, options.home);
      const { schedulerPort, dashboardPort } = freePortPair(taken);
      return { scheduler_port: schedulerPort, dashboard_port: dashboardPort };
    },
    async *check() {}, // all that it needs is the provider's to check
    clockAheadMs: () => Promise.resolve(null),
    recorded: () => Promise.resolve([]),
    prepare: () => Promise.resolve(),
    plan: async () => {
      if ((await describe(options)).state === "up") return [];
      return [
        `A scheduler on this machine, at ports ${config.schedulerPort} and ${config.dashboardPort}.`,
        "It costs nothing.",
      ];
    },
    // There is nothing beside the processes that `down` ends.
    resources: () => Promise.resolve([]),
    orphans: () => Promise.resolve([]),
    deleteOrphans: () => Promise.resolve([]),
    allow: () => Promise.reject(noFirewall()),
    startupPhase: () => Promise.resolve("its process to answer"),
    describe: () => describe(options),
    log: (after) => schedulerLog(options, after),
    machine: () => Promise.resolve(null),
    up: (progress) =>
      locked(options, async () => {
        const { schedulerPort: port, dashboardPort: httpPort } = config;
        const workingDir = config.workingDir ?? options.runtime.cwd();
        await bringUp(options, { port, httpPort, workingDir }, progress);
        return await describe(options);
      }),
    async diagnoseAccess() {
      const leader = (await findScheduler(options)).process?.status.leader ?? null;
      return leader?.stopped ? schedulerStopped(leader.pid) : null;
    },
    repair: () =>
      locked(options, async () => {
        const { process, wanted } = await findScheduler(options);
        if (wanted === null || (process !== null && process.status.leader !== null)) return null;
        await bringUp(options, wanted, () => {});
        return `the scheduler had ended and was started again at ${schedulerUrl(wanted.port)}`;
      }),
    abandon: (progress, known) => takeDown(options, progress, known), // it stands on nothing
    down: (progress, known) => takeDown(options, progress, known),
  };
}

/**
 * Seconds for a scheduler that does not answer: its event loop, which may be busy for good, would
 * have to end it, and nobody can fetch a result from it meanwhile.
 */
const SILENT_END_WITHIN_S = 1;

function takeDown(
  options: PlatformOptions,
  progress: Progress,
  { answers = true }: SchedulerKnown = {},
): Promise<void> {
  return locked(options, async () => {
    const { process } = await findScheduler(options);
    if (process !== null) {
      const { pid } = process.record;
      const why = answers ? "" : `: it does not answer, and is killed in ${SILENT_END_WITHIN_S} s`;
      progress(`Stopping the scheduler (process ${pid})${why} …`);
      const killAfterS = answers ? undefined : SILENT_END_WITHIN_S;
      if (!await terminateScheduler(options, END_WITHIN_MS, killAfterS)) throw stillThere(pid);
    }
    await forgetScheduler(options);
    await forgetLaunches(options);
  });
}

async function describe(options: PlatformOptions): Promise<BaseState> {
  const { process, address } = await findScheduler(options);
  if (address === null) return DOWN;
  const serving = process !== null && await isServing(options, process);
  return {
    state: serving ? "up" : "partial",
    url: schedulerUrl(address.port),
    http: { host: "127.0.0.1", port: address.httpPort },
    startedAtMs: process?.record.launchedAtMs ?? null,
  };
}

async function bringUp(
  options: PlatformOptions,
  wanted: WantedScheduler,
  progress: (line: string) => void,
): Promise<void> {
  const { process } = await findScheduler(options);
  if (process !== null) {
    if (process.record.clusterId !== options.config.clusterId) throw otherCluster(process.record);
    if (await isServing(options, process)) return;
    progress("Stopping what is left of the last scheduler …");
    if (!await terminateScheduler(options, END_WITHIN_MS)) throw stillThere(process.record.pid);
  }
  await checkPorts(options, wanted);
  await startScheduler(options, wanted);
}

/** @throws {ConflictError} another process has one of the ports, or both */
async function checkPorts({ runtime }: PlatformOptions, { port, httpPort }: WantedScheduler): Promise<void> {
  const times = { everyMs: POLL_EVERY_MS, withinMs: RELEASE_WITHIN_MS };
  const ports = [port, httpPort];
  await pollUntil(runtime.clock, times, () => Promise.resolve(ports.every(portIsFree) || null));
  const taken = ports.filter((port) => !portIsFree(port));
  if (taken.length === 0) return;
  const users = await Promise.all(taken.map(async (port) => {
    const owner = await portOwner(runtime, port);
    return `${port} is used by ${
      owner === null ? "something else" : `process ${owner.pid} (${owner.command})`
    }`;
  }));
  throw new ConflictError(
    `Cannot start the scheduler at ports ${port} and ${httpPort}: ${users.join(", ")}`,
    `End that, or take two other ports with \`xcore start --new-ports\`.`,
  );
}

function noFirewall(): UsageError {
  return new UsageError(
    "Cannot change the firewall: a local cluster has none, and is reached from this machine only",
    "A cluster in a cloud can be reached from elsewhere: `xcore -c NAME init CLOUD`.",
  );
}

function otherCluster({ clusterId, pid }: { clusterId: string; pid: number }): ConflictError {
  return new ConflictError(
    `Cannot start the scheduler: the one of another cluster, ${clusterId}, runs from this folder (process ${pid})`,
    "Run `xcore shutdown`, which ends it, and start again.",
  );
}

function schedulerStopped(pid: number): SchedulerError {
  return new SchedulerError(
    `Cannot reach the scheduler: its process ${pid} is stopped, as by Ctrl-Z or SIGSTOP`,
    `Let it go on with \`kill -CONT ${pid}\`; or replace it with \`xcore restart\`, which loses its results.`,
  );
}

function stillThere(pid: number): XcoreError {
  return new XcoreError(
    `Cannot end the scheduler: process ${pid} or a program it started is still there`,
    "Run the command again; when that does not help, end the process by hand.",
  );
}

async function locked<T>({ runtime, home }: PlatformOptions, act: () => Promise<T>): Promise<T> {
  await runtime.files.mkdir(home.run);
  const lock = await runtime.files.lock(join(home.run, "base.lock"));
  try {
    return await act();
  } finally {
    lock.release();
  }
}

/** A worker's record, or the note that it was told to end. */
const OF_A_WORKER = /^[^.]+\.[^.]+\.(json|ending)$/;
const KEPT = /^base\.lock$/;

/**
 * Empties the cluster's `run` folder, for when the cluster ends: a worker that is slow to start
 * finds that it is not wanted. Workers that run keep their files. List once more afterwards: one
 * that was faster has its record by then.
 */
async function forgetLaunches({ runtime, home }: PlatformOptions): Promise<void> {
  const names = await runtime.files.list(home.run);
  const workers = names.filter((name) => OF_A_WORKER.test(name));
  const others = names.filter((name) => !workers.includes(name) && !KEPT.test(name));
  // What asks for workers goes before the notes of who has been: in between, a late one would be
  // taken for a first.
  const [wishes, rest] = [
    others.filter((name) => name.endsWith(".json")),
    others.filter((name) => !name.endsWith(".json")),
  ];
  for (const name of [...wishes, ...rest]) {
    if (name === "scratch" && workers.length > 0) continue;
    await runtime.files.removeTree(join(home.run, name), home.dir);
  }
}
