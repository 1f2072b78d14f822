/** `xcore shutdown`: the end of everything the cluster has, and the proof of it. @module */

import { XcoreError } from "../errors.ts";
import { type Cluster, openMade, type Place, type Progress } from "./cluster.ts";
import { removeService } from "./daemon_service.ts";
import { checkNobodyIsLeft } from "./end_workers.ts";
import { exclusive } from "./exclusive.ts";
import { whatWouldBeLost } from "./loss.ts";
import { endWorkersOf, stopDaemonOf } from "./quiet.ts";

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
  const cluster = await openMade(place);
  const loss = await whatWouldBeLost(cluster);
  if (loss !== null && !await confirm(`${loss} Shut down all the same?`)) return false;
  await exclusive(place, "shutdown", progress, () => takeDown(cluster, progress));
  return true;
}

async function takeDown(cluster: Cluster, progress: Progress): Promise<void> {
  await stopDaemonOf(cluster, progress);
  // Early, so that no boot undoes half a shutdown; and what costs money ends even if this fails.
  const unremoved = await removeService(cluster).then(() => null, (error: unknown) => error);
  const ended = await endWorkersOf(cluster, progress);
  await cluster.base.down(progress);
  const { provider, runtime: { clock } } = cluster;
  await checkNobodyIsLeft({ provider, clock }, ended, progress);
  const things = await cluster.base.resources();
  if (things.length > 0) {
    throw new XcoreError(
      `Cannot finish the shutdown: still there, and unknown to what made the rest: ${things.join(", ")}`,
      "Remove them with `xcore doctor --fix`, then run `xcore shutdown` again.",
    );
  }
  const { home, runtime } = cluster;
  for (const path of [home.madeConfig, home.knownHosts]) await runtime.files.remove(path);
  await sayWhatStays(cluster, progress);
  if (unremoved !== null) throw unremoved;
}

/** Images are made to outlast a cluster's machines, and cost all the same. */
async function sayWhatStays({ base }: Cluster, progress: Progress): Promise<void> {
  const images = await base.images?.list().catch(() => []) ?? [];
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
