import assert from "node:assert/strict";
import { tasksLine } from "../../../lib/cluster/run_script.ts";
import type { DemandStatus } from "../../../lib/model/mod.ts";
import { status, workers } from "../cli/_status.ts";

function line(now: Partial<DemandStatus>, before: Partial<DemandStatus> | null = null): string | null {
  const demandOf = (demand: Partial<DemandStatus>) => status({ demand }).demand;
  const running = workers(2, { executing: 3 });
  return tasksLine(
    { ...status({ demand: now }), workers: running },
    before === null ? null : demandOf(before),
  );
}

Deno.test("tasksLine() counts the tasks that have come since the script began", () => {
  assert.equal(
    line({ done: 112, failed: 1, skipped: 2, queued: 20, processing: 5, waiting: 3 }, {
      done: 100,
      failed: 1,
    }),
    "12 of 42 tasks done, 2 failed, 6 running on 2 workers",
  );
});

Deno.test("tasksLine() has nothing to tell without tasks, or without a scheduler that answers", () => {
  assert.equal(line({ done: 7 }, { done: 7 }), null);
  assert.equal(tasksLine({ ...status(), demand: null }, null), null);
  assert.equal(tasksLine(null, null), null);
});

Deno.test("tasksLine() counts all of a scheduler that has begun at zero meanwhile", () => {
  assert.equal(line({ done: 1, processing: 6 }, { done: 50 }), "1 of 7 tasks done, 6 running on 2 workers");
});
