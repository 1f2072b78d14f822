import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { type TestCluster, until, withCluster } from "../harness.ts";
import { jobsOf } from "../jobs.ts";
import { lastingPids, schedulerOf } from "./_parts.ts";
import { assertComplaint, assertProblem } from "./_words.ts";

/** Longer than the daemon's claim on the cluster lasts without being renewed. */
const UNREACHABLE_S = 60;

const TASKS = 4;

/** Each task lasts until it is told to end, or all are. */
const SCRIPT = jobsOf(
  TASKS,
  "echo {n} >> $HOME/ran; until [ -e $HOME/go-{n} ] || [ -e $HOME/go ]; do sleep 0.1; done; echo {n}",
);

Deno.test(`a scheduler that is unreachable for ${UNREACHABLE_S} s: nothing is launched, nothing is ended, then all goes on`, async () => {
  const settings = { max_workers: 1, max_idle_time_s: 1, poll_interval_s: 0.2 };
  await withCluster(settings, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const before = await cluster.until(
      "a task runs, others wait",
      ({ workers, demand }) => workers[0]?.executing === 1 && demand?.runnable === TASKS,
    );
    const scheduler = schedulerOf(cluster);
    signal(scheduler.pid, "SIGSTOP");
    const untilMs = performance.now() + UNREACHABLE_S * 1000;
    try {
      // As soon as the scheduler hears this asks for a worker more; and what runs is idle before it does.
      await cluster.ok("config", "set", "max_workers", "2");
      const [first] = await ran(cluster);
      await cluster.write(`go-${first}`, "");
      const isStopped = `process ${scheduler.pid} is stopped`;
      const unreachable = await cluster.until(
        "it is said, with the cause",
        ({ problems }) => problems.some(({ message }) => message.includes(isStopped)),
      );
      assertProblem(cluster, unreachable, "scheduler_unreachable", "a scheduler whose process is stopped", {
        pid: scheduler.pid,
      });
      assertComplaint(
        cluster,
        await cluster.xcore("start"),
        1,
        "start with a scheduler whose process is stopped",
        {
          pid: scheduler.pid,
        },
      );
      assert.equal(unreachable.cluster.state, "degraded");
      assert.equal(unreachable.demand, null);
      const pids = lastingPids(cluster);
      await until(
        "the time is up",
        () => {
          assert.deepEqual(lastingPids(cluster), pids);
          return Promise.resolve(performance.now());
        },
        (nowMs) => nowMs >= untilMs,
        UNREACHABLE_S + 60,
      );
      assert.deepEqual((await cluster.status()).decisions, before.decisions);
    } finally {
      signal(scheduler.pid, "SIGCONT");
    }

    await cluster.until("the second worker is launched", ({ workers }) => workers.length === 2);
    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n").map(Number), Array.from({ length: TASKS }, (_, n) => n));
    assert.deepEqual(
      (await ran(cluster)).sort(),
      Array.from({ length: TASKS }, (_, n) => n),
      "a task ran twice",
    );
    assert.equal(schedulerOf(cluster).pid, scheduler.pid);
    const after = await cluster.until("the workers leave", ({ workers }) => workers.length === 0);
    assert.deepEqual(after.problems, []);
  });
});

/** The tasks that were begun, in this order. */
async function ran({ folder }: TestCluster): Promise<number[]> {
  return (await Deno.readTextFile(`${folder}/ran`)).trim().split("\n").map(Number);
}
