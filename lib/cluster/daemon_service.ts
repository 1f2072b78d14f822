/** A cluster's daemon from outside: installs it as a service, starts and stops it. @module */

import { dirname, join } from "node:path";
import type { Home } from "../config/home.ts";
import { askStatus, askToStop, makeSocketFolder } from "../daemon/control.ts";
import { daemonPresence, holdsDaemonLock, type Presence } from "../daemon/presence.ts";
import { ConflictError, NotRunningError, XcoreError } from "../errors.ts";
import {
  chooseManager,
  hasSystemd,
  serviceFor,
  serviceOf,
  wslStopsWithWindow,
} from "../service/choose_manager.ts";
import { daemonProgram } from "../service/daemon_program.ts";
import { credentialsOf, environmentFile, jobEnvironmentOf } from "../service/environment.ts";
import { type DaemonSpec, readNote, type Service, writeNote } from "../service/service.ts";
import { platforms } from "../platform/platforms.ts";
import { pollUntil } from "../util/poll_until.ts";
import { shellWord } from "../util/shell_word.ts";
import { type Cluster, openCluster, type Progress, type Scope } from "./cluster.ts";

/** What runs the daemon. */
export interface DaemonService {
  /** Null: the daemon is a plain process. */
  readonly service: Service | null;
  /** True: the running daemon has an older program or older credentials, and has to restart. */
  readonly outdated: boolean;
}

/**
 * Chooses what runs the daemon, and installs the service, before anything of the cluster starts. A
 * running daemon that is a plain process stays one.
 *
 * @throws {ConflictError} the service belongs to another home of this cluster
 * @throws {XcoreError} it cannot be installed
 */
export async function prepareService(cluster: Cluster, progress: Progress): Promise<DaemonService> {
  const { runtime, home, config } = cluster;
  const running = await daemonPresence(runtime, home) !== null;
  const note = await readNote(runtime, home);
  if (running && note === null) return { service: null, outdated: false };
  const choice = await chooseManager(runtime, home);
  const warning = running || !await hasSystemd(runtime) ? null : await wslStopsWithWindow(runtime);
  if (warning !== null) progress(warning);
  if (choice.manager === null) {
    if (running) return { service: null, outdated: false };
    await removeService(cluster);
    const advice = choice.hint === "" ? "" : ` To run it as a service, ${choice.hint}.`;
    progress(
      `The daemon runs as a plain process (${choice.why}); it will not restart after a crash or reboot.${advice}`,
    );
    return { service: null, outdated: false };
  }
  if (choice.news !== undefined) progress(choice.news);
  const service = await serviceFor(runtime, home, choice.manager, config.clusterId);
  const spec = await specOf(cluster, service.unit);
  const newText = await service.install(spec);
  const newCredentials = await rememberEnvironment(cluster, running);
  await writeNote(runtime, home, service);
  return { service, outdated: running && (newText || newCredentials) };
}

/**
 * Removes what {@linkcode prepareService} installed; this stops the daemon. Credentials go with a
 * note that names no service of this home, too.
 */
export async function removeService({ runtime, home }: Scope): Promise<void> {
  const note = await readNote(runtime, home);
  if (note !== null) await (await serviceOf(runtime, home, note)).remove();
  for (const path of [home.daemonEnv, home.jobEnv, home.service]) await runtime.files.remove(path);
}

/**
 * The program and arguments that run this cluster's daemon.
 *
 * @throws {NotFoundError} there is no xcore to run it with
 */
export async function daemonCommand({ runtime, home }: Scope): Promise<string[]> {
  const { command } = await daemonProgram(runtime);
  return [...command, ...(home.cluster === null ? [] : ["-c", home.cluster]), "daemon", "run"];
}

async function specOf({ runtime, home, config }: Cluster, unit: string): Promise<DaemonSpec> {
  const { build, files } = await daemonProgram(runtime);
  const machineId = (await runtime.files.readTextIfExists("/etc/machine-id"))?.trim() ?? "";
  const socketFolder = dirname(dirname(home.controlSocket));
  return {
    clusterId: config.clusterId,
    home,
    command: await daemonCommand({ runtime, home }),
    build,
    files,
    machineId: /^[0-9a-f]{32}$/.test(machineId) ? machineId : null,
    env: {
      HOME: runtime.env("HOME") ?? home.root,
      PATH: runtime.env("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
      XCORE_HOME: home.root,
      XCORE_UNIT: unit,
      // The path of the control socket depends on it, and has to be the same for both ends.
      ...(socketFolder !== home.dir && { XDG_RUNTIME_DIR: socketFolder }),
    },
  };
}

/**
 * Saves the environment for the daemon; while one runs, only credentials that are set and new.
 *
 * @returns true: the running daemon has other credentials
 */
async function rememberEnvironment({ runtime, home }: Cluster, running: boolean): Promise<boolean> {
  const environment = runtime.environment();
  const variables = platforms().flatMap(({ credentialVariables }) => credentialVariables ?? []);
  const credentials = environmentFile(credentialsOf(environment, variables));
  const before = await runtime.files.readTextIfExists(home.daemonEnv);
  if (running && (credentials === "" || credentials === before)) return false;
  await runtime.files.writeText(home.daemonEnv, credentials);
  await runtime.files.writeText(home.jobEnv, environmentFile(jobEnvironmentOf(environment)));
  return running;
}

/** The time for a daemon to start and answer. */
const START_TIMEOUT_MS = 20_000;

/** The time for a daemon to finish its tick, which may wait for a cloud; then it is killed. */
const STOP_TIMEOUT_MS = 30_000;

const POLL_MS = 50;

/** `xcore status` can tell more after it. */
const FIRST_TICK = { everyMs: 100, withinMs: 10_000 };

/**
 * Starts the daemon, as a service or as a detached process, and waits until it answers.
 *
 * @returns the daemon, and whether this call started it
 * @throws {XcoreError} it ends at once, or does not answer
 * @throws {NotFoundError} when there is no xcore to start it with
 */
export async function startDaemon(
  scope: Scope,
  { service, outdated }: DaemonService,
): Promise<{ presence: Presence; started: boolean }> {
  const { runtime, home } = scope;
  const running = await knownPresence(scope);
  if (running !== null && !outdated) return { presence: running, started: false };
  await runtime.files.mkdir(home.logs);
  await makeSocketFolder(runtime, home); // of a failure there a daemon could only write into its log
  if (service === null) return await startDetached(scope);
  if (running !== null) await stopDaemon(scope);
  await service.start();
  const presence = await answering(scope, null, async () => (await service.state()).active);
  if (presence !== null) return { presence, started: true };
  throw noAnswer(scope, "it does not answer");
}

/** The time for a daemon that has just taken the lock to write its process id. */
const KNOWN = { everyMs: POLL_MS, withinMs: 1000 };

/** The daemon that runs, with its process id if it writes that in time; null if none runs. */
async function knownPresence({ runtime, home }: Scope): Promise<Presence | null> {
  const presence = await pollUntil(runtime.clock, KNOWN, async () => {
    const found = await daemonPresence(runtime, home);
    return found?.pid === 0 ? null : { found };
  });
  return presence === null ? await daemonPresence(runtime, home) : presence.found;
}

/**
 * Starts the daemon of a cluster that is running.
 *
 * @returns the daemon, and whether this call started it
 * @throws {NotRunningError} no cluster is running
 */
export async function startDaemonAlone(
  scope: Scope,
  progress: Progress,
): Promise<{ presence: Presence; started: boolean }> {
  const cluster = await openCluster(scope);
  if ((await cluster.base.describe()).state === "down") {
    throw new NotRunningError(
      "Cannot start the daemon: no cluster is running",
      "Start both with `xcore start`.",
    );
  }
  return await startDaemon(cluster, await prepareService(cluster, progress));
}

async function startDetached(scope: Scope): Promise<{ presence: Presence; started: boolean }> {
  const { runtime, home } = scope;
  const outPath = join(home.logs, "daemon.out");
  // Writes something: a full disk is reported here, as the daemon could not report it.
  await runtime.files.writeText(outPath, "\n");
  const pid = runtime.spawnDetached(await daemonCommand(scope), {
    cwd: home.dir,
    logPath: outPath,
    env: { XCORE_HOME: home.root },
  });
  const presence = await answering(scope, pid, () => Promise.resolve(runtime.isAlive(pid)));
  if (presence !== null) return { presence, started: presence.pid === pid };
  throw await daemonEnded(scope);
}

/**
 * The daemon once it answers and holds the lock; null if it has ended, or takes too long.
 *
 * @param pid the process that was started, where that is known: another may have been faster
 */
async function answering(
  { runtime, home }: Scope,
  pid: number | null,
  isAlive: () => Promise<boolean>,
): Promise<Presence | null> {
  const times = { everyMs: POLL_MS, withinMs: START_TIMEOUT_MS };
  const found = await pollUntil(runtime.clock, times, async () => {
    const answer = await askStatus(runtime, home);
    const presence = answer === null ? null : await daemonPresence(runtime, home);
    // One that answers and is not the one with the lock is stopping, or is none of ours.
    const isIt = presence !== null && answer?.daemon?.pid === presence.pid;
    if (isIt && (pid === null || presence.pid === pid || !runtime.isAlive(pid))) return presence;
    return await isAlive() ? null : "ended";
  });
  return found === "ended" ? null : found;
}

/**
 * Waits for the first tick of a daemon that was started; one that takes longer is not waited for.
 *
 * @throws {XcoreError} it has ended meanwhile
 */
export async function waitForFirstTick(
  scope: Scope,
  { service }: DaemonService,
  { pid }: Presence,
): Promise<void> {
  const { runtime, home } = scope;
  const found = await pollUntil(runtime.clock, FIRST_TICK, async () => {
    const presence = await daemonPresence(runtime, home);
    // A service manager may have started another one since.
    if (presence?.pid !== pid && !(await service?.state())?.active) return "ended";
    return (await askStatus(runtime, home))?.daemon.last_tick_at ?? null;
  });
  if (found === "ended") throw await daemonEnded(scope);
}

/** Lines of the log; all else is what a command says of its failure: what was found, and what to do. */
const LOGGED = /^\d{4}-\d\d-\d\dT\S+ [A-Z]+ (?:ended: )?/;

/** Why a daemon has ended that was just started, as far as it has said. */
async function daemonEnded(scope: Scope): Promise<XcoreError> {
  const out = await scope.runtime.files.readTextIfExists(join(scope.home.logs, "daemon.out")) ?? "";
  const lines = out.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const [found, hint] = lines.filter((line) => !LOGGED.test(line));
  return noAnswer(scope, found ?? lines.at(-1)?.replace(LOGGED, "") ?? "it does not answer", hint);
}

function noAnswer({ home }: Scope, found: string, hint?: string): XcoreError {
  return new XcoreError(
    `Cannot start the daemon: ${found}`,
    hint ?? `See ${home.daemonLog}, or run \`xcore daemon run\` to watch it in the foreground.`,
  );
}

/**
 * Stops the daemon: by its service manager, by its socket or, if it does not answer, by its process
 * id.
 *
 * @param withinMs then it is killed
 * @returns true if there was one
 * @throws {ConflictError} something else holds its lock
 */
export async function stopDaemon({ runtime, home }: Scope, withinMs = STOP_TIMEOUT_MS): Promise<boolean> {
  const waited = await stopService({ runtime, home });
  const deadlineMs = runtime.clock.monotonicMs() + withinMs;
  let told: boolean | null = null;
  for (;;) {
    const presence = await daemonPresence(runtime, home);
    if (presence === null) return told === null ? waited : true;
    // One that has just taken the lock may not answer yet, nor have written its process id.
    told ||= await tellToStop({ runtime, home }, presence);
    if (runtime.clock.monotonicMs() > deadlineMs) {
      if (!await holdsDaemonLock(runtime, home, presence.pid)) throw unknownHolder(home);
      runtime.kill(presence.pid, "SIGCONT");
      runtime.kill(presence.pid, "SIGKILL");
    }
    await runtime.clock.sleep(POLL_MS);
  }
}

/** False if it cannot be told. */
async function tellToStop({ runtime, home }: Scope, { pid }: Presence): Promise<boolean> {
  const isOurs = await holdsDaemonLock(runtime, home, pid);
  if (isOurs) runtime.kill(pid, "SIGCONT"); // one that was stopped answers nothing
  return await askToStop(runtime, home) || isOurs && runtime.kill(pid, "SIGTERM");
}

function unknownHolder({ daemonLock }: Home): ConflictError {
  return new ConflictError(
    `Cannot stop the daemon: it does not answer, and ${daemonLock} does not say which process it is`,
    `End the process that \`lsof ${shellWord(daemonLock)}\` names, then run the command again.`,
  );
}

/**
 * True if a service manager ran the daemon; if the manager does not answer, the daemon itself still
 * can.
 */
async function stopService({ runtime, home }: Scope): Promise<boolean> {
  const note = await readNote(runtime, home);
  if (note === null) return false;
  const service = await serviceOf(runtime, home, note);
  try {
    const { active } = await service.state();
    await service.stop();
    return active;
  } catch (error) {
    if (error instanceof XcoreError) return false;
    throw error;
  }
}
