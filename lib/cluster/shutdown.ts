/** `xcore shutdown`: the end of everything the cluster has, and the proof of it. @module */

import { XcoreError } from "../errors.ts";
import { leaseTermsOf } from "../config/lease_terms.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { type Cluster, openCluster, type Place, type Progress, schedulerOf } from "./cluster.ts";
import { stopDaemon } from "./daemon_control.ts";
import { removeService } from "./daemon_service.ts";
import { checkNobodyIsLeft, endWorkers } from "./end_workers.ts";
import { exclusive } from "./exclusive.ts";

/** Asks a person; the answer is yes or no. */
export type Confirm = (question: string) => Promise<boolean>;

/**
 * Ends the daemon, the workers and the base, in this order, and looks that nothing is left. It can be run again at any
 * point.
 *
 * @param confirm asked when tasks or results would be lost
 * @returns false when the person said no
 * @throws {XcoreError} when something is left after all
 */
export async function shutdown(place: Place, confirm: Confirm, progress: Progress): Promise<boolean> {
  const cluster = await openCluster(place);
  const loss = await whatWouldBeLost(cluster);
  if (loss !== null && !await confirm(`${loss} Shut down all the same?`)) return false;
  await exclusive(place, "shutdown", progress, () => takeDown(cluster, progress));
  return true;
}

async function takeDown(cluster: Cluster, progress: Progress): Promise<void> {
  if (await stopDaemon(cluster)) progress("Stopped the daemon.");
  // Early, so that no boot undoes half a shutdown; and what costs money ends even if this fails.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ended = await endAll(cluster, progress);
  if (ended > 0) progress(`Ended ${ended} ${ended === 1 ? "worker" : "workers"}.`);
  await cluster.base.down(progress);
  await cluster.runtime.files.remove(cluster.home.madeConfig);
  await checkNobodyIsLeft(cluster.provider);
  const things = await cluster.base.remains();
  if (things.length > 0) {
    throw new XcoreError(
      `Cannot finish the shutdown: still there, and unknown to what made the rest: ${things.join(", ")}`,
      "Remove them with `xcore doctor --fix`, then run `xcore shutdown` again.",
    );
  }
  await sayWhatStays(cluster, progress);
  if (unremoved !== null) throw unremoved;
}

/** Images are made to outlast a cluster's machines, and cost all the same. */
async function sayWhatStays({ base }: Cluster, progress: Progress): Promise<void> {
  const images = await base.images.list().catch(() => []);
  if (images.length === 0) return;
  const sizeGb = images.reduce((sum, image) => sum + image.sizeGb, 0);
  const what = images.length === 1
    ? `The machine image ${images[0]!.name}`
    : `${images.length} machine images`;
  progress(
    `${what} of up to ${sizeGb} GB stay${
      images.length === 1 ? "s" : ""
    } for the next start, and the space costs: ` +
      "`xcore image list` shows, `xcore image remove NAME` removes.",
  );
}

async function endAll(cluster: Cluster, progress: Progress): Promise<number> {
  const { provider, runtime, home, config } = cluster;
  const base = await cluster.base.describe();
  const scheduler = schedulerOf(cluster, base);
  const daemonId = await daemonIdOf(runtime, home);
  const leaseTerms = leaseTermsOf(config);
  // No daemon runs without a base, and what a start remembers is forgotten only once nobody is left.
  const launched = base.state !== "absent" || await runtime.files.exists(home.madeConfig);
  const { clock } = runtime;
  try {
    return await endWorkers({ provider, clock, scheduler, daemonId, leaseTerms, launched }, progress);
  } finally {
    scheduler?.close();
  }
}

/** What a shutdown would take away from somebody, as a sentence; null when nothing. */
async function whatWouldBeLost(cluster: Cluster): Promise<string | null> {
  const scheduler = schedulerOf(cluster, await cluster.base.describe());
  if (scheduler === null) return null;
  try {
    const { tasks, clients, workers, pendingScatters } = await scheduler.report();
    const running = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
    if (running > 0) return `${running} ${running === 1 ? "task is" : "tasks are"} not finished.`;
    if (clients.length > 0 && workers.some(({ holdsResults }) => holdsResults)) {
      return "A connected client's results would be lost.";
    }
    return null;
  } catch {
    return null; // a scheduler that cannot be asked has nothing that could be saved
  } finally {
    scheduler.close();
  }
}
