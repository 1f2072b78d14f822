/** Who runs a cluster's daemon: a service manager, or nobody. @module */

import { dirname } from "node:path";
import { daemonPresence } from "../daemon/presence.ts";
import { chooseManager, hasSystemd, serviceFor, serviceOf } from "../service/choose.ts";
import type { DaemonSpec } from "../service/daemon_spec.ts";
import { platforms } from "../platform/platforms.ts";
import { credentialsOf, environmentFile, jobEnvironmentOf } from "../service/environment.ts";
import { readNote, writeNote } from "../service/note.ts";
import { daemonProgram } from "../service/program.ts";
import type { Service } from "../service/service.ts";
import { wslStopsWithWindow } from "../service/wsl.ts";
import type { Cluster, Place, Progress } from "./cluster.ts";

/** Who shall run the daemon. */
export interface DaemonService {
  /** Null: it is a plain process. */
  readonly service: Service | null;
  /** A daemon that runs is of another program, or has other credentials, than now: it has to be started anew. */
  readonly outdated: boolean;
}

/**
 * Decides who runs the daemon, and lays down what that takes, before anything of the cluster is started. A daemon that
 * runs as a plain process stays one.
 *
 * @throws {ConflictError} the service is of another home of this cluster
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
    const advice = choice.hint === "" ? "" : `. To have it looked after, ${choice.hint}`;
    progress(`The daemon is a plain process, which nothing restarts: ${choice.why}${advice}.`);
    return { service: null, outdated: false };
  }
  if (choice.news !== undefined) progress(choice.news);
  const service = await serviceFor(runtime, choice.manager, config.clusterId);
  const spec = await specOf(cluster, service.unit);
  const newText = await service.install(spec);
  const newCredentials = await rememberEnvironment(cluster, running);
  await writeNote(runtime, home, service);
  return { service, outdated: running && (newText || newCredentials) };
}

/** Takes away what {@linkcode prepareService} has laid down; the daemon ends with it. */
export async function removeService({ runtime, home }: Place): Promise<void> {
  const note = await readNote(runtime, home);
  if (note === null) return;
  await serviceOf(runtime, note).remove();
  for (const path of [home.daemonEnv, home.jobEnv, home.service]) await runtime.files.remove(path);
}

/**
 * The program and arguments that run this cluster's daemon.
 *
 * @throws {NotFoundError} there is no xcore to run it with
 */
export async function daemonCommand({ runtime, home }: Place): Promise<string[]> {
  const { command } = await daemonProgram(runtime);
  return [...command, ...(home.cluster === null ? [] : ["-c", home.cluster]), "daemon", "run"];
}

async function specOf({ runtime, home, config }: Cluster, unit: string): Promise<DaemonSpec> {
  const { build, files } = await daemonProgram(runtime);
  const machineId = (await runtime.files.readTextIfExists("/etc/machine-id"))?.trim() ?? "";
  const socketFolder = dirname(home.controlSocket);
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
      // Where the path of the control socket depends on it, both ends have to agree.
      ...(socketFolder !== home.dir && { XDG_RUNTIME_DIR: socketFolder }),
    },
  };
}

/**
 * Keeps the environment of whoever starts the daemon; of one that runs, only credentials that are set and new.
 *
 * @returns true when a running daemon's credentials are not those any more
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
