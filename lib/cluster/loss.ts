/** What the end of a scheduler would take away from somebody. @module */

import { ProtocolError } from "../errors.ts";
import { type Cluster, schedulerOf } from "./cluster.ts";

/** What would be lost with the scheduler's memory, as a sentence; null when nothing would. */
export async function whatWouldBeLost(cluster: Cluster): Promise<string | null> {
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
  } catch (error) {
    if (error instanceof ProtocolError) {
      return "The scheduler is of another version of xcore: tasks and results there may be lost.";
    }
    return null; // a scheduler that cannot be asked has nothing that could be saved
  } finally {
    scheduler.close();
  }
}
