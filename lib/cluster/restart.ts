/** `xcore restart`: the cluster again after a shutdown, or anew in place of a running one. @module */

import { openCluster, type Place, type Progress } from "./cluster.ts";
import { type Confirm, shutdown } from "./shutdown.ts";
import { start, type Started } from "./start.ts";

/**
 * Makes the cluster again. One that runs is shut down first.
 *
 * @param confirm asked when a cluster runs
 * @returns null when the person said no
 */
export async function restart(place: Place, confirm: Confirm, progress: Progress): Promise<Started | null> {
  const { base } = await openCluster(place);
  const { state } = await base.describe();
  if (state !== "absent") {
    const sure = await confirm(
      "The cluster runs: its scheduler is replaced, and what it holds in memory is lost. Restart?",
    );
    if (!sure) return null;
    await shutdown(place, () => Promise.resolve(true), progress);
  }
  return await start(place, progress);
}
