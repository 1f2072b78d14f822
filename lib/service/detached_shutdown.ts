/** A shutdown that the daemon starts: a process of its own, which outlives the daemon's unit. @module */

import { dirname } from "node:path";
import type { Home } from "../config/home.ts";
import type { Runtime } from "../runtime.ts";
import { durationText } from "../util/duration_text.ts";
import { daemonProgram } from "./daemon_program.ts";
import { WITH_ENVIRONMENT } from "./environment.ts";
import { readNote } from "./service.ts";
import { startInUnit } from "./systemd.ts";

/** What a shutdown is started for. */
export interface ShutdownCause {
  /** Why, as `xcore status` shows it afterwards: `idle for 2 h`. */
  readonly reason: string;
  /** True: it changes nothing where a task is not finished, or a client is connected. */
  readonly onlyIfIdle: boolean;
}

/** `idle for 2 h`, with its seconds. */
export function idleReason(idleS: number): string {
  return `idle for ${durationText(idleS).replace(/ h 00 min$/, " h")}`;
}

/**
 * Starts `xcore shutdown --unattended REASON` for this home's cluster and does not wait for it: it
 * stops the daemon first. What it prints goes to `Home.shutdownLog`. It does nothing while another
 * command changes the cluster, and may be started again at any time.
 *
 * @param clusterId `<name>-<8 hex>`
 * @throws {NotFoundError} there is no xcore to start
 * @throws {XcoreError} systemd does not start it
 * @throws {Deno.errors.PermissionDenied} the log cannot be written
 */
export async function detachedShutdown(
  runtime: Runtime,
  home: Home,
  clusterId: string,
  cause: ShutdownCause,
): Promise<void> {
  const { files, clock } = runtime;
  // XCORE_BIN may be a path from the folder in which the daemon was started.
  const env = (name: string) => name === "XCORE_BIN" && runtime.self !== null ? undefined : runtime.env(name);
  const { command: xcore } = await daemonProgram({ ...runtime, env });
  const command = shutdownCommand(xcore, home, cause);
  const service = await readNote(runtime, home);
  await files.mkdir(dirname(home.shutdownLog));
  await trim(runtime, home.shutdownLog);
  const began = new Date(clock.nowMs()).toISOString();
  await files.append(home.shutdownLog, `${began} the daemon shuts the cluster down: ${cause.reason}\n`);
  if (service === null || service.manager === "launchd") {
    // A plain daemon has the environment of the shell in which `xcore start` was typed.
    const wrapped = service === null ? [] : ["/bin/sh", "-c", WITH_ENVIRONMENT, home.jobEnv];
    runtime.spawnDetached([...wrapped, ...command], { cwd: home.dir, logPath: home.shutdownLog });
    return;
  }
  await startInUnit(runtime, service.manager, {
    unit: `xcore-${clusterId}-shutdown`,
    description: `the shutdown of ${clusterId}`,
    command,
    cwd: home.dir,
    logPath: home.shutdownLog,
    // Of the shell in which `xcore start` was typed: Terraform and the clouds' clients need more of
    // it than the daemon does.
    environmentFile: home.jobEnv,
    env: {},
  });
}

/** The words that shut this home's cluster down, whatever home the environment names. */
export function shutdownCommand(
  xcore: readonly string[],
  { root, cluster }: Pick<Home, "root" | "cluster">,
  { reason, onlyIfIdle }: ShutdownCause,
): string[] {
  return [
    ...["/usr/bin/env", "-u", "XCORE_CLUSTER", `XCORE_HOME=${root}`],
    ...xcore,
    ...(cluster === null ? [] : ["-c", cluster]),
    ...["shutdown", "--unattended", reason],
    ...(onlyIfIdle ? ["--if-idle"] : []),
  ];
}

/** Bytes after which the log begins anew: some hundred shutdowns. */
const MAX_BYTES = 1_000_000;

async function trim({ files }: Runtime, path: string): Promise<void> {
  if ((await files.size(path) ?? 0) > MAX_BYTES) await files.remove(path);
}
