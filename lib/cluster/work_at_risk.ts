/** What is lost when the scheduler ends. @module */

import { tasksFact } from "../daemon/fact_recorder.ts";
import { ProtocolError } from "../errors.ts";
import type { Fact, WorkerTime } from "../model/mod.ts";
import { platformOf } from "../platform/platforms.ts";
import { count } from "../util/duration_text.ts";
import { tellingIfLong } from "../util/telling_if_long.ts";
import { type Cluster, type Progress, schedulerOf } from "./cluster.ts";

/** What ends with the scheduler. */
export interface Risk {
  /** Tasks and results, as a sentence; null if there are none. */
  readonly text: string | null;
  /** Who or what uses the cluster, as a sentence, or that it is unknown; null where nothing does. */
  readonly inUse: string | null;
  /** Whether there is a scheduler, and it has answered. */
  readonly answers: boolean;
  /** How workers spend their time, by a scheduler that has answered. */
  readonly taskTime?: readonly WorkerTime[];
  /** What became of its tasks; null: it is of an older xcore, and does not tell. */
  readonly tasks?: Fact | null;
}

const UNKNOWN_USE = "The scheduler does not answer, so that its tasks and clients are unknown.";

/** The tasks and results that end with the scheduler. */
export async function workAtRisk(cluster: Cluster, progress: Progress): Promise<Risk> {
  const scheduler = schedulerOf(cluster, await cluster.base.describe());
  if (scheduler === null) return { text: null, inUse: null, answers: false };
  try {
    const stopped = platformOf(cluster.config).traits.machines ? null : await cluster.base.diagnoseAccess();
    if (stopped !== null) {
      return {
        text: "The scheduler's process is stopped: what tasks and results it has is unknown.",
        inUse: UNKNOWN_USE,
        answers: false,
      };
    }
    const asking = tellingIfLong(
      cluster.runtime.clock,
      progress,
      "Waiting for the scheduler to answer …",
      scheduler.report(),
    );
    const report = await asking;
    const { tasks, clients, workers, pendingScatters, taskTime } = report;
    const running = tasks.processing + tasks.queued + tasks.noWorker + tasks.waiting + pendingScatters;
    const text = running > 0
      ? `${running} ${running === 1 ? "task has" : "tasks have"} not finished.`
      : clients.length > 0 && workers.some(({ holdsResults }) => holdsResults)
      ? "A connected client would lose its results."
      : null;
    const inUse = running > 0
      ? text
      : clients.length > 0
      ? `${count(clients.length, "client")} ${clients.length === 1 ? "is" : "are"} connected.`
      : null;
    const known = tasksFact(report, cluster.runtime.clock.nowMs());
    return { text, inUse, answers: true, taskTime, tasks: known };
  } catch (error) {
    const text = error instanceof ProtocolError
      ? "The scheduler is of another version of xcore: tasks and results there may be lost."
      : null; // nothing can be saved from a scheduler that does not answer
    return { text, inUse: UNKNOWN_USE, answers: false };
  } finally {
    scheduler.close();
  }
}
