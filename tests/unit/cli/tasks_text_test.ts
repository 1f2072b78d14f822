import assert from "node:assert/strict";
import { tasksText } from "../../../lib/cli/tasks_text.ts";
import type { FunctionStatus, TasksStatus } from "../../../lib/model/mod.ts";
import { assertWording } from "../../support/wording.ts";
import { withDaemon, withHome } from "./_home.ts";
import { run } from "./_run.ts";
import { busy, status } from "./_status.ts";

const NONE = { done: 0, failed: 0, skipped: 0, running: 0, waiting: 0 };

function row(name: string, over: Partial<FunctionStatus> = {}): FunctionStatus {
  return { ...NONE, first_error: null, first_failed_key: null, name, ...over };
}

const TASKS: TasksStatus = {
  functions: [
    row("fail", { failed: 3, first_error: "ValueError('no root of -1')", first_failed_key: "fail-0a1b" }),
    row("square", { done: 12, running: 2, waiting: 30 }),
  ],
  others: NONE,
};

Deno.test("tasksText() has a line for each function, with the first error of one that failed", () => {
  assertWording("tasks", "by function", tasksText(TASKS, false));
  assertWording("tasks", "only those that failed", tasksText(TASKS, true));
});

Deno.test("tasksText() sums up all other functions, and tells skipped tasks where there are any", () => {
  const more = { ...TASKS, others: { ...NONE, done: 5, skipped: 1 } };
  assertWording("tasks", "with others", tasksText(more, false));
  assert.ok(!tasksText(more, true).includes("others"), "none of them failed");
});

Deno.test("tasksText() says that there is nothing to show", () => {
  const none = { functions: [], others: NONE };
  assertWording("tasks", "none", tasksText(none, false));
  assertWording("tasks", "none failed", tasksText(none, true));
});

Deno.test("tasksText() cuts errors where there is no room, and obeys none of what they hold", () => {
  const long = row("fail", {
    failed: 1,
    first_error: `\x1b[31m${"very ".repeat(40)}bad`,
    first_failed_key: "k",
  });
  for (const line of tasksText({ functions: [long], others: NONE }, false, 80).split("\n")) {
    assert.ok(line.length <= 80 && !line.includes("\x1b"), line);
  }
});

Deno.test("xcore tasks --json prints all functions, with --failed those that failed", () =>
  withHome((home) =>
    withDaemon(home, () => ({ ...busy(), tasks: TASKS }), async () => {
      const all = await run(home, ["tasks", "--json"]);
      assert.deepEqual([all.code, JSON.parse(all.out)], [0, TASKS]);
      const failed = await run(home, ["tasks", "--failed", "--json"]);
      assert.deepEqual(JSON.parse(failed.out).functions.map(({ name }: FunctionStatus) => name), ["fail"]);
    })
  ));

Deno.test("xcore tasks says why there is nothing to tell", () =>
  withHome(async (home) => {
    const down = status({ cluster: { state: "down" }, demand: null });
    const cases = [["down", down, 3], ["unreachable", status({ demand: null }), 1], [
      "old",
      busy(),
      1,
    ]] as const;
    for (const [what, found, exitCode] of cases) {
      await withDaemon(home, () => found, async () => {
        const { code, said } = await run(home, ["tasks"]);
        assert.equal(code, exitCode, what);
        assertWording("tasks", `the cluster is ${what}`, said.join("\n"));
      });
    }
  }));
