/** What stops before a scheduler ends: the daemon, and then the workers that nobody launches again. @module */

import { leaseTermsOf } from "../config/config.ts";
import { daemonIdOf } from "../daemon/presence.ts";
import { type Cluster, type Progress, schedulerOf } from "./cluster.ts";
import { stopDaemon } from "./daemon_control.ts";
import { openHistory } from "../status/open_history.ts";
import { type Ended, endWorkers } from "./end_workers.ts";

/** Stops the cluster's daemon, and says so if there was one. */
export async function stopDaemonOf(cluster: Cluster, progress: Progress): Promise<void> {
  if (await stopDaemon(cluster)) progress("Stopped the daemon.");
}

/**
 * Ends the cluster's workers, and says how many there were.
 *
 * @throws {ConflictError} another daemon looks after the cluster
 * @throws {XcoreError} some are still there after all
 */
export async function endWorkersOf(cluster: Cluster, progress: Progress): Promise<Ended> {
  const { provider, runtime, home, config } = cluster;
  const base = await cluster.base.describe();
  const scheduler = schedulerOf(cluster, base);
  const daemonId = await daemonIdOf(runtime, home);
  const leaseTerms = leaseTermsOf(config);
  // No daemon runs without a base, nor without a history; what a start remembers is forgotten only once nobody is left.
  const launched = await runtime.files.exists(home.history) &&
    (base.state !== "absent" || await runtime.files.exists(home.madeConfig));
  try {
    const deps = { provider, clock: runtime.clock, scheduler, daemonId, leaseTerms, launched };
    const ended = await endWorkers(deps, progress);
    if (launched) await forgetLaunches(home.history);
    const { count } = ended;
    if (count > 0) progress(`Ended ${count} ${count === 1 ? "worker" : "workers"}.`);
    return ended;
  } finally {
    scheduler?.close();
  }
}

/** No worker is left, so the next daemon need not wait for one. If the history cannot be used, it waits. */
async function forgetLaunches(history: string): Promise<void> {
  try {
    const journal = openHistory(history);
    try {
      const launches = await journal.launched();
      await journal.forget(launches.flatMap(({ launched }) => launched.map(({ id }) => id)));
    } finally {
      journal.close();
    }
  } catch { /* the daemon says so at its start */ }
}
