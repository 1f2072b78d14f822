/** `xcore explain`: why the pools are as large as they are, and what a task waits for. @module */

import { loadConfig } from "../config/load_config.ts";
import { UsageError } from "../errors.ts";
import type { FunctionStatus } from "../model/mod.ts";
import { type Explanation, explanationOf } from "../status/explanation.ts";
import { explainTask } from "../status/explain_task.ts";
import { openCluster, type Scope, withScheduler } from "./cluster.ts";
import { status } from "./status.ts";

/**
 * Why each pool has as many workers as it has, why tasks wait, and what another worker would change.
 *
 * @param task a key, the beginning of one, or a function's name: also what that task waits for
 * @throws {NotRunningError} there is no config; with a task also: no cluster is running
 * @throws {UsageError} the scheduler has no such task
 * @throws {SchedulerError} with a task: it does not answer, or is of an older xcore
 */
export async function explain(scope: Scope, task?: string): Promise<Explanation> {
  const { maxWorkers, minWorkers, pools } = await loadConfig(scope.runtime, scope.home, scope.told);
  const sentences = task === undefined ? [] : await taskSentences(scope, task);
  const limits = [{ name: "default", minWorkers, maxWorkers }, ...pools];
  return explanationOf(await status(scope), limits, sentences);
}

async function taskSentences(scope: Scope, name: string): Promise<string[]> {
  if (name === "") throw noTask(name);
  const cluster = await openCluster(scope);
  const answer = await withScheduler(cluster, "explain a task", (scheduler) => scheduler.task(name));
  if (answer.task === null) throw noTask(name, (await status(scope)).tasks?.functions);
  return explainTask(answer, name);
}

/**
 * Why a task that the scheduler does not have cannot be explained.
 *
 * @param functions of the tasks since the scheduler started
 */
export function noTask(name: string, functions: readonly FunctionStatus[] = []): UsageError {
  const over = functions.find((one) => one.name === name) ??
    functions.find(({ first_failed_key: key }) => name !== "" && key?.startsWith(name));
  if (over === undefined) {
    return new UsageError(
      `Cannot explain ${JSON.stringify(name)}: the scheduler has no such task`,
      "Give a future's key, `future.key` in Python, or a function that `xcore tasks` lists.",
    );
  }
  const ended = (["done", "failed", "skipped"] as const).filter((end) => over[end] > 0)
    .map((end) => `${over[end]} ${end}`).join(", ");
  const why = over.name === name
    ? `its tasks are over, and the scheduler has forgotten them (${ended})`
    : `it is over, and the scheduler has forgotten it (${over.name}: ${ended})`;
  return new UsageError(
    `Cannot explain ${JSON.stringify(name)}: ${why}`,
    over.first_error === null
      ? "`xcore tasks` counts them; keep a future, and the scheduler keeps its task."
      : `\`xcore tasks --failed\` shows the first error: ${over.first_error}`,
  );
}
