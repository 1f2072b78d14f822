/** Starting and stopping a cluster's daemon from outside. @module */

import { NotFoundError, XcoreError } from "../errors.ts";
import { askStatus, askToStop } from "../daemon/control.ts";
import { daemonPresence, type Presence } from "../daemon/presence.ts";
import type { Runtime } from "../runtime.ts";
import { join } from "node:path";
import type { Place } from "./cluster.ts";

/** How long a daemon may take to answer after it was started. */
const START_TIMEOUT_MS = 20_000;

/** How long a daemon may take to end the tick it is in; then it is ended. */
const STOP_TIMEOUT_MS = 30_000;

const POLL_MS = 50;

/**
 * Starts the daemon as a detached process and waits until it answers.
 *
 * @returns the daemon, and whether this call started it
 * @throws {XcoreError} when it ends at once; the hint has its last words
 * @throws {NotFoundError} when there is no xcore to start it with
 */
export async function startDaemon(
  { runtime, home }: Place,
): Promise<{ presence: Presence; started: boolean }> {
  const running = await daemonPresence(runtime, home);
  if (running !== null) return { presence: running, started: false };
  const outPath = join(home.logs, "daemon.out");
  await runtime.files.mkdir(home.logs);
  // Something is written, so that a full disk is found here and not by a daemon that then cannot say so.
  await runtime.files.writeText(outPath, "\n");
  const pid = runtime.spawnDetached([
    ...await selfCommand(runtime),
    ...clusterFlag(home.cluster),
    "daemon",
    "run",
  ], {
    cwd: home.dir,
    logPath: outPath,
    env: { XCORE_HOME: home.root },
  });
  const deadlineMs = runtime.clock.monotonicMs() + START_TIMEOUT_MS;
  while (runtime.clock.monotonicMs() < deadlineMs) {
    if (await askStatus(home) !== null) {
      const presence = await daemonPresence(runtime, home);
      if (presence !== null) return { presence, started: presence.pid === pid };
    }
    if (!runtime.isAlive(pid)) break;
    await runtime.clock.sleep(POLL_MS);
  }
  const said = (await runtime.files.readTextIfExists(outPath))?.trim() ?? "";
  throw new XcoreError(
    `Cannot start the daemon: ${said.split("\n")[0] || "it does not answer"}`,
    `See ${home.daemonLog}, or run \`xcore daemon run\` to watch it in the foreground.`,
  );
}

/** Stops the daemon, by its socket or, when it does not answer, by its process id; true when there was one. */
export async function stopDaemon({ runtime, home }: Place): Promise<boolean> {
  const presence = await daemonPresence(runtime, home);
  if (presence === null) return false;
  if (!await askToStop(home) && presence.pid > 0) runtime.kill(presence.pid, "SIGTERM");
  const deadlineMs = runtime.clock.monotonicMs() + STOP_TIMEOUT_MS;
  while (await daemonPresence(runtime, home) !== null) {
    if (runtime.clock.monotonicMs() > deadlineMs && presence.pid > 0) {
      runtime.kill(presence.pid, "SIGCONT");
      runtime.kill(presence.pid, "SIGKILL");
    }
    await runtime.clock.sleep(POLL_MS);
  }
  return true;
}

function clusterFlag(cluster: string | null): string[] {
  return cluster === null ? [] : ["-c", cluster];
}

/** The program to start the daemon with: $XCORE_BIN, this very program, or `xcore` on PATH. */
async function selfCommand(runtime: Runtime): Promise<readonly string[]> {
  const given = runtime.env("XCORE_BIN");
  if (given !== undefined) return [given];
  if (runtime.self !== null) return runtime.self;
  for (const folder of (runtime.env("PATH") ?? "").split(":").filter((part) => part !== "")) {
    const candidate = join(folder, "xcore");
    if (await runtime.files.exists(candidate)) return [candidate];
  }
  throw new NotFoundError(
    "Cannot start the daemon: there is no xcore on PATH",
    "Install xcore, or set XCORE_BIN to it.",
  );
}
