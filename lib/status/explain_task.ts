/** What one task waits for, in sentences, from the scheduler's answer. Pure. @module */

import type { TaskAnswer, TaskDetails, TaskInput } from "../model/mod.ts";
import { count } from "../util/duration_text.ts";

/**
 * What the task does or waits for; none where the scheduler has none of that name.
 *
 * @param name by which it was asked for
 */
export function explainTask({ found, task }: TaskAnswer, name: string): string[] {
  if (task === null) return [];
  return [
    ...found > 1 ? [`${count(found, "task")} fit ${name}; ${task.key} is one of them.`] : [],
    stateSentence(task),
    ...WAITING.has(task.state) ? placeSentences(task) : [],
  ];
}

/** Dask's states in which a task has no worker yet, though it is to run. */
const WAITING: ReadonlySet<string> = new Set(["waiting", "queued", "no-worker"]);

function stateSentence(task: TaskDetails): string {
  const { key, state, worker, error } = task;
  switch (state) {
    case "waiting":
      return `${key} waits for ${inputsText(task)}.`;
    case "queued": {
      const { ahead } = task;
      const before = ahead
        ? `${count(ahead, "task")} ${ahead === 1 ? "starts" : "start"} before it`
        : "it is next";
      return `${key} waits for a slot: ${before}.`;
    }
    case "no-worker":
      return `${key} waits for a worker that may run it.`;
    case "processing":
      return task.executing
        ? `${key} runs on ${worker}.`
        : `${key} is assigned to ${worker}, which has not begun it: it runs others first, or fetches inputs.`;
    case "memory":
      return worker === null ? `${key} is done.` : `${key} is done, and ${worker} has its result.`;
    case "erred": {
      const said = error === null || error === "" ? "" : `: ${error}`;
      return task.failedKey === null
        ? `${key} has failed${said}.`
        : `${key} never ran, as ${task.failedKey}, which it needs, has failed${said}.`;
    }
    default:
      return `${key} does not run: nothing needs its result now (Dask's state ${state}).`;
  }
}

/** `the results of 3 tasks: load-1 (runs on worker-1), load-2 (queued) and another` */
function inputsText({ inputs, missingInputs }: TaskDetails): string {
  const others = missingInputs - inputs.length;
  const named = inputs.map((input) => `${input.key} (${inputState(input)})`).join(", ");
  const rest = others === 0 ? "" : ` and ${others === 1 ? "another" : `${others} others`}`;
  return `the ${missingInputs === 1 ? "result" : "results"} of ${
    count(missingInputs, "task")
  }: ${named}${rest}`;
}

function inputState({ state, worker }: TaskInput): string {
  if (state === "processing") return `on ${worker}`;
  return state === "no-worker" ? "waits for a worker" : state;
}

/** What it asks of a worker, and how many are there that have it. */
function placeSentences({ needs, onlyOn, ableWorkers }: TaskDetails): string[] {
  const able = ableWorkers === 0 ? "no worker" : count(ableWorkers, "worker");
  const isAre = ableWorkers > 1 ? "are" : "is";
  const may = `${able} that may run it ${isAre} there`;
  const asks = [
    ...needs.length > 0 ? [`It needs ${needs.join(", ")}`] : [],
    ...onlyOn.length > 0 ? [`It may run on ${onlyOn.join(", ")} only`] : [],
  ];
  return asks.length > 0 ? [`${asks.join(". ")}: ${may}.`] : ableWorkers === 0 ? ["No worker is there."] : [];
}
