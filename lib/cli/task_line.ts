/** How far the tasks are, in a line with a bar. Pure. @module */

import type { DemandStatus, WorkerStatus } from "../model/mod.ts";

/** Characters in the bar. */
const BAR_WIDTH = 30;
const LEAST_BAR_WIDTH = 10;

/**
 * `tasks: [#####+++++....] 5 done, 5 running, 4 queued`; null when there are none.
 *
 * @param columns of the terminal
 */
export function taskLine(
  demand: DemandStatus,
  workers: readonly WorkerStatus[],
  columns: number,
): string | null {
  const { done, waiting } = demand;
  // Dask counts as processing what a worker has fetched ahead, too: that one is queued like the others.
  const executing = workers.reduce((sum, worker) => sum + (worker.executing ?? 0), 0);
  const running = Math.min(demand.processing, executing);
  const queued = demand.queued + demand.processing - running;
  const total = done + running + queued + waiting;
  if (total === 0) return null;
  const words = `${done} done, ${running} running, ${queued} queued` +
    (waiting === 0 ? "" : `, ${waiting} waiting for others`);
  const room = columns - "tasks: [] ".length - words.length;
  const width = Math.max(LEAST_BAR_WIDTH, Math.min(BAR_WIDTH, room));
  const upTo = (amount: number) => Math.round(amount / total * width);
  const full = "#".repeat(upTo(done));
  const busy = "+".repeat(upTo(done + running) - full.length);
  return `tasks: [${(full + busy).padEnd(width, ".")}] ${words}`;
}
