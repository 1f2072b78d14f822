import assert from "node:assert/strict";
import { noTask } from "../../../lib/cluster/explain.ts";
import { UsageError } from "../../../lib/errors.ts";
import { assertWording } from "../../support/wording.ts";

const COUNTS = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };
const FUNCTIONS = [
  { name: "plot", ...COUNTS, failed: 1, first_error: "ValueError('no data')", first_failed_key: "plot-1a2b" },
  { name: "load", ...COUNTS, done: 3, skipped: 2, first_error: null, first_failed_key: null },
];

Deno.test("a task that the scheduler has forgotten is told apart from one that it never had", () => {
  for (
    const [what, name] of [
      ["a forgotten function that failed", "plot"],
      ["a forgotten task that failed", "plot-1a2b"],
      ["a forgotten function without an error", "load"],
      ["a name that no task has", "save"],
    ] as const
  ) {
    const error = noTask(name, FUNCTIONS);
    assert.ok(error instanceof UsageError);
    assertWording("explain_task", what, `${error.message}\n${error.hint}`);
  }
});
