/** Where a cluster keeps its files. @module */

import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/** The paths of one cluster's files; all absolute. */
export interface Home {
  /** Name given with `-c`, or null for the cluster in the root itself. */
  readonly cluster: string | null;
  /** $XCORE_HOME. */
  readonly root: string;
  /** This cluster's folder; config.yaml and all the rest are in it. */
  readonly dir: string;
  readonly config: string;
  /** What `xcore config edit` opens; it stays where its text was not taken. */
  readonly editedConfig: string;
  /** JSON Schema of config.yaml, for editors. */
  readonly configSchema: string;
  /** The config that the running scheduler was made with. */
  readonly madeConfig: string;
  readonly history: string;
  readonly daemonLock: string;
  /**
   * Serialises the writing of configs, so that no two clusters of this root are given the same
   * ports.
   */
  readonly initLock: string;
  /** Serialises start, restart and shutdown. */
  readonly verbLock: string;
  /** When and why the cluster was shut down last; missing while it runs. */
  readonly shutdownNote: string;
  /** In a folder of its own, 0700. */
  readonly controlSocket: string;
  /** Says which service manager runs the daemon; missing where it is a plain process. */
  readonly service: string;
  /** Credentials for a daemon that a service manager starts. */
  readonly daemonEnv: string;
  /**
   * The environment in which `xcore start` was typed, for local processes that a service manager
   * starts.
   */
  readonly jobEnv: string;
  readonly logs: string;
  readonly daemonLog: string;
  /** What shutdowns print that the daemon starts. */
  readonly shutdownLog: string;
  /** One file per local process, and the programs they run. */
  readonly run: string;
  readonly tls: string;
  /** SSH's host keys of this cluster's machines, as their consoles showed them. */
  readonly knownHosts: string;
  readonly terraform: string;
  /** What makes machine images. */
  readonly packer: string;
  /** Which Python packages a cloud's machines install, a file for each architecture. */
  readonly packages: string;
  /** The Python package for scripts; shared by all clusters. */
  readonly python: string;
  /** The Python environment xcore makes when it finds none; shared by all clusters. */
  readonly env: string;
  /** The uv that finds out which packages machines install; shared by all clusters. */
  readonly uv: string;
}

/** Shorter than sun_path on any system: 104 bytes on macOS, 108 on Linux. */
const SOCKET_PATH_BYTES = 100;

const CLUSTER_NAME = /^[a-z][a-z0-9-]{0,29}$/;

/**
 * The paths for a cluster, as its home was named: links are not resolved, and nothing is read.
 *
 * @param runtime gives XCORE_HOME, HOME, XCORE_CLUSTER and XDG_RUNTIME_DIR
 * @param cluster the name given with `-c`; undefined: XCORE_CLUSTER, or none; null: none
 * @throws {UsageError} when the name is not one, or there is no home folder at all
 */
export function homeOf(
  runtime: Runtime,
  cluster: string | null | undefined = runtime.env("XCORE_CLUSTER") ?? null,
): Home {
  if (cluster !== null && !CLUSTER_NAME.test(cluster)) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(cluster)} as a cluster's name: it is not one`,
      "Use up to 30 lower-case letters, digits and hyphens, a letter first.",
    );
  }
  const root = rootOf(runtime);
  return homeAt(runtime, cluster, root, cluster === null ? root : join(root, "clusters", cluster));
}

/**
 * The paths for a cluster whose folders are known.
 *
 * @param runtime gives XDG_RUNTIME_DIR
 * @param root see {@linkcode Home.root}
 * @param dir see {@linkcode Home.dir}
 */
export function homeAt(runtime: Runtime, cluster: string | null, root: string, dir: string): Home {
  return {
    cluster,
    root,
    dir,
    config: join(dir, "config.yaml"),
    editedConfig: join(dir, "config.edited.yaml"),
    configSchema: join(dir, "config.schema.json"),
    madeConfig: join(dir, "run", "made.yaml"),
    history: join(dir, "history.db"),
    daemonLock: join(dir, "daemon.lock"),
    initLock: join(root, "init.lock"),
    verbLock: join(dir, "verb.lock"),
    shutdownNote: join(dir, "shutdown.json"),
    controlSocket: socketPath(runtime, dir),
    service: join(dir, "service.json"),
    daemonEnv: join(dir, "daemon.env"),
    jobEnv: join(dir, "job.env"),
    logs: join(dir, "logs"),
    daemonLog: join(dir, "logs", "daemon.log"),
    shutdownLog: join(dir, "logs", "shutdown.log"),
    run: join(dir, "run"),
    tls: join(dir, "tls"),
    knownHosts: join(dir, "known_hosts"),
    terraform: join(dir, "terraform"),
    packer: join(dir, "packer"),
    packages: join(dir, "packages"),
    python: join(root, "python"),
    env: join(root, "env"),
    uv: join(root, "uv"),
  };
}

/** The homes of all clusters there are folders for, the root's own first. */
export async function homesOf(runtime: Runtime): Promise<Home[]> {
  const root = homeOf(runtime, null);
  const folder = join(root.root, "clusters");
  if (await runtime.files.kind(folder).catch(() => null) === "file") return [root];
  const homes: Home[] = [root];
  for (const name of await runtime.files.list(folder)) {
    if (!CLUSTER_NAME.test(name) || await runtime.files.kind(join(folder, name)) === "file") continue;
    homes.push(homeOf(runtime, name));
  }
  return homes;
}

function rootOf(runtime: Runtime): string {
  const given = runtime.env("XCORE_HOME");
  if (given !== undefined) return resolve(runtime.cwd(), given);
  const home = runtime.env("HOME");
  if (home === undefined) {
    throw new UsageError(
      "Cannot find a place for xcore's files: HOME is not set",
      "Set XCORE_HOME to a folder.",
    );
  }
  return join(home, ".xcore");
}

/**
 * A socket's path is short by law of the kernel; a home's need not be. Its folder has nothing else in
 * it, and belongs to this user alone: in a folder that others may write to, they could be first.
 */
function socketPath(runtime: Runtime, dir: string): string {
  const inHome = join(dir, "socket", "control.sock");
  if (new TextEncoder().encode(inHome).length <= SOCKET_PATH_BYTES) return inHome;
  const shared = runtime.env("XDG_RUNTIME_DIR") ?? "/tmp";
  return join(shared, `xcore-${runtime.uid ?? 0}-${fingerprint(dir)}`, "control.sock");
}

/** FNV-1a, 64 bits, hexadecimal: the same folder gives the same name in every process. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
