import assert from "node:assert/strict";
import type { TaskDetails } from "../../../lib/model/mod.ts";
import { explainTask } from "../../../lib/status/explain_task.ts";
import { assertWording } from "../../support/wording.ts";

const QUEUED: TaskDetails = {
  key: "md_run-1f",
  function: "md_run",
  state: "queued",
  worker: null,
  executing: false,
  ahead: 12,
  inputs: [],
  missingInputs: 0,
  needs: [],
  onlyOn: [],
  ableWorkers: 3,
  error: null,
  failedKey: null,
};

const [first, second] = [
  { key: "load-0", state: "processing", worker: "worker-1" },
  { key: "load-1", state: "no-worker", worker: null },
];

/** Each state that Dask has, and what may be said beside it. */
const TASKS: readonly [what: string, over: Partial<TaskDetails>, found?: number][] = [
  ["a queued task", {}],
  ["one of several, which is next", { ahead: 0 }, 40],
  ["a task behind one other, and no worker", { ahead: 1, ableWorkers: 0 }],
  ["a task that waits for inputs", {
    state: "waiting",
    ahead: null,
    inputs: [first!, second!],
    missingInputs: 4,
  }],
  ["a task that waits for one input", {
    state: "waiting",
    inputs: [second!],
    missingInputs: 1,
    needs: ["GPU=1"],
  }],
  ["a task for other workers", { state: "no-worker", ableWorkers: 0, needs: ["GPU=1"], onlyOn: ["node-7"] }],
  ["a task that runs", { state: "processing", worker: "worker-1", executing: true, needs: ["GPU=1"] }],
  ["a task that its worker has not begun", { state: "processing", worker: "worker-1" }],
  ["a result", { state: "memory", worker: "worker-1" }],
  ["a failure", { state: "erred", error: "ValueError('no')" }],
  ["a task that needs one that failed", { state: "erred", error: "ValueError('no')", failedKey: "load-0" }],
  ["a failure without a text", { state: "erred", error: "" }],
  ["a task that nobody wants", { state: "released" }],
];

Deno.test("explainTask() says of each state what the task waits for", () => {
  for (const [what, over, found = 1] of TASKS) {
    const sentences = explainTask({ found, task: { ...QUEUED, ...over } }, "md_run");
    assertWording("explain_task", what, sentences.join("\n"));
  }
  assert.deepEqual(explainTask({ found: 0, task: null }, "md_run"), []);
});
