/** Starting and stopping a cluster's daemon from outside. @module */

import { XcoreError } from "../errors.ts";
import { askStatus, askToStop } from "../daemon/control.ts";
import { daemonPresence, type Presence } from "../daemon/presence.ts";
import { join } from "node:path";
import { serviceOf } from "../service/choose.ts";
import { readNote } from "../service/note.ts";
import type { Place } from "./cluster.ts";
import { daemonCommand, type DaemonService } from "./daemon_service.ts";

/** How long a daemon may take to answer after it was started. */
const START_TIMEOUT_MS = 20_000;

/** How long a daemon may take to end the tick it is in; then it is ended. */
const STOP_TIMEOUT_MS = 30_000;

const POLL_MS = 50;

/**
 * Starts the daemon, as a service or as a detached process, and waits until it answers.
 *
 * @returns the daemon, and whether this call started it
 * @throws {XcoreError} when it ends at once; the hint has its last words
 * @throws {NotFoundError} when there is no xcore to start it with
 */
export async function startDaemon(
  place: Place,
  { service, outdated }: DaemonService,
): Promise<{ presence: Presence; started: boolean }> {
  const { runtime, home } = place;
  const running = await daemonPresence(runtime, home);
  if (running !== null && !outdated) return { presence: running, started: false };
  await runtime.files.mkdir(home.logs);
  if (service === null) return await startDetached(place);
  if (running !== null) await stopDaemon(place);
  await service.start();
  const presence = await answering(place, async () => (await service.state()).active);
  if (presence !== null) return { presence, started: true };
  throw silent(place, "it does not answer");
}

async function startDetached(place: Place): Promise<{ presence: Presence; started: boolean }> {
  const { runtime, home } = place;
  const outPath = join(home.logs, "daemon.out");
  // Something is written, so that a full disk is found here and not by a daemon that then cannot say so.
  await runtime.files.writeText(outPath, "\n");
  const pid = runtime.spawnDetached(await daemonCommand(place), {
    cwd: home.dir,
    logPath: outPath,
    env: { XCORE_HOME: home.root },
  });
  const presence = await answering(place, () => Promise.resolve(runtime.isAlive(pid)));
  if (presence !== null) return { presence, started: presence.pid === pid };
  const said = (await runtime.files.readTextIfExists(outPath))?.trim() ?? "";
  throw silent(place, said.split("\n")[0] || "it does not answer");
}

/** The daemon once it answers; null when it has ended, or takes too long. */
async function answering(
  { runtime, home }: Place,
  stillThere: () => Promise<boolean>,
): Promise<Presence | null> {
  const deadlineMs = runtime.clock.monotonicMs() + START_TIMEOUT_MS;
  while (runtime.clock.monotonicMs() < deadlineMs) {
    if (await askStatus(home) !== null) {
      const presence = await daemonPresence(runtime, home);
      if (presence !== null) return presence;
    }
    if (!await stillThere()) return null;
    await runtime.clock.sleep(POLL_MS);
  }
  return null;
}

function silent({ home }: Place, found: string): XcoreError {
  return new XcoreError(
    `Cannot start the daemon: ${found}`,
    `See ${home.daemonLog}, or run \`xcore daemon run\` to watch it in the foreground.`,
  );
}

/**
 * Stops the daemon, by its service manager, by its socket or, when it does not answer, by its process id; true when there
 * was one.
 */
export async function stopDaemon({ runtime, home }: Place): Promise<boolean> {
  const waited = await stopService({ runtime, home });
  const deadlineMs = runtime.clock.monotonicMs() + STOP_TIMEOUT_MS;
  let told: boolean | null = null;
  for (;;) {
    const presence = await daemonPresence(runtime, home);
    if (presence === null) return told === null ? waited : true;
    // One that has just taken its place may neither answer yet nor have said who it is.
    told ||= await tellToStop({ runtime, home }, presence);
    if (runtime.clock.monotonicMs() > deadlineMs && presence.pid > 0) {
      runtime.kill(presence.pid, "SIGCONT");
      runtime.kill(presence.pid, "SIGKILL");
    }
    await runtime.clock.sleep(POLL_MS);
  }
}

/** False when there was no way to. */
async function tellToStop({ runtime, home }: Place, { pid }: Presence): Promise<boolean> {
  return await askToStop(home) || pid > 0 && runtime.kill(pid, "SIGTERM");
}

/** True when a service manager ran the daemon, or was about to; when it cannot be asked the daemon itself still can. */
async function stopService({ runtime, home }: Place): Promise<boolean> {
  const note = await readNote(runtime, home);
  if (note === null) return false;
  const service = serviceOf(runtime, note);
  try {
    const { active } = await service.state();
    await service.stop();
    return active;
  } catch (error) {
    if (error instanceof XcoreError) return false;
    throw error;
  }
}
