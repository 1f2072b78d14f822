import assert from "node:assert/strict";
import { taskLine } from "../../../lib/cli/status_text.ts";
import type { DemandStatus } from "../../../lib/model/mod.ts";
import { status, worker } from "./_status.ts";

function line(
  demand: Partial<DemandStatus>,
  executing: readonly number[] = [],
  columns = Infinity,
): string | null {
  const workers = executing.map((count, i) => worker(`worker-${i}`, { executing: count }));
  return taskLine(status({ demand }).demand!, workers, columns);
}

Deno.test("taskLine() has a bar of what is done, what runs and what is queued", () => {
  assert.equal(
    line({ done: 10, processing: 10, queued: 10 }, [5, 5]),
    "tasks: [##########++++++++++..........] 10 done, 10 running, 10 queued",
  );
  assert.equal(line({ done: 3 }), "tasks: [##############################] 3 done, 0 running, 0 queued");
});

Deno.test("taskLine() counts as queued what a worker has fetched ahead", () => {
  assert.equal(
    line({ processing: 20 }, [1]),
    "tasks: [++............................] 0 done, 1 running, 19 queued",
  );
});

Deno.test("taskLine() tells tasks that wait for others apart", () => {
  assert.equal(
    line({ queued: 1, waiting: 2 }),
    "tasks: [..............................] 0 done, 0 running, 1 queued, 2 waiting for others",
  );
});

Deno.test("taskLine() tells those that failed, and those that never ran, from those that are done", () => {
  assert.equal(
    line({ done: 4, failed: 4, skipped: 2, queued: 10 }),
    "tasks: [###############...............] 4 done, 4 failed, 2 skipped, 0 running, 10 queued",
  );
});

Deno.test("taskLine() tells no number that an older scheduler does not count", () => {
  assert.equal(
    line({ done: null, failed: null, skipped: null, queued: 1 }),
    "tasks: [..............................] done: not known, 0 running, 1 queued",
  );
});

Deno.test("taskLine() is null where there is no task", () => {
  assert.equal(line({}), null);
});

Deno.test("taskLine() has a shorter bar where there is less room, and never none", () => {
  assert.equal(line({ done: 1, queued: 1 }, [], 51), "tasks: [#######.......] 1 done, 0 running, 1 queued");
  assert.equal(line({ done: 1, queued: 1 }, [], 20), "tasks: [#####.....] 1 done, 0 running, 1 queued");
});

Deno.test("taskLine()'s bar is as long as ever, whatever the numbers", () => {
  for (const [done, running, queued] of [[1, 1, 1], [0, 1, 999], [999, 0, 1], [333, 333, 334]] as const) {
    const bar = /\[(.*)\]/.exec(line({ done, processing: running, queued }, [running])!)?.[1];
    assert.match(bar!, /^#*\+*\.*$/);
    assert.equal(bar!.length, 30);
  }
});
