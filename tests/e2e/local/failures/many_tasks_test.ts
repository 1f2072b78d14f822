import assert from "node:assert/strict";
import { until, withCluster } from "../harness.ts";
import { jobsOf } from "../jobs.ts";

const TASKS = 500;
const MOST = 4;

const SCRIPT = jobsOf(TASKS, "echo {n} $PPID");

Deno.test(`${TASKS} short tasks at max_workers ${MOST}: each result comes, from ${MOST} workers and never more`, async () => {
  const settings = { max_workers: MOST, max_idle_time_s: 2, poll_interval_s: 0.2 };
  await withCluster(settings, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    let most = 0;
    let over = false;
    script.ended.then(() => over = true);
    await until(
      "all are done",
      () => {
        most = Math.max(most, cluster.workerProcesses().length);
        return Promise.resolve(over);
      },
      (over) => over,
    );

    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split("\n").map((line) => line.split(" "));
    assert.deepEqual(lines.map(([n]) => Number(n)), Array.from({ length: TASKS }, (_, n) => n));
    assert.equal(most, MOST);
    assert.ok(new Set(lines.map(([, pid]) => pid)).size > 1, "one worker did it all");
    const { decisions, problems } = await cluster.until("they leave", ({ workers }) => workers.length === 0);
    const launched = decisions.filter(({ action }) => action === "launch");
    assert.equal(launched.reduce((sum, { count }) => sum + count, 0), MOST);
    assert.deepEqual(problems, []);
  });
});
