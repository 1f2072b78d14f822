/** `xcore tasks`: what became of the tasks since the scheduler started, by function. @module */

import { NotRunningError, ProtocolError, SchedulerError } from "../errors.ts";
import type { TasksStatus } from "../model/mod.ts";
import type { Scope } from "./cluster.ts";
import { status } from "./status.ts";

/**
 * The tasks since the scheduler started, by function.
 *
 * @throws {NotRunningError} there is no config, or no cluster is running
 * @throws {SchedulerError} the scheduler does not answer
 * @throws {ProtocolError} it is of an older xcore, which does not count them
 */
export async function tasks(scope: Scope): Promise<TasksStatus> {
  const { cluster, demand, tasks } = await status(scope);
  if (tasks) return tasks; // a daemon of an older program does not tell it
  if (cluster.state === "down") {
    throw new NotRunningError("Cannot show tasks: no cluster is running", "Start one with `xcore start`.");
  }
  if (demand === null) {
    throw new SchedulerError(
      "Cannot show tasks: the scheduler does not answer",
      "`xcore doctor` checks the way to it.",
    );
  }
  throw new ProtocolError(
    "Cannot show tasks by function: the scheduler was started by an older xcore, which does not count them",
    "Replace it with `xcore restart`; results in its memory are lost.",
  );
}
