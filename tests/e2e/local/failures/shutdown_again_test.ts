import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { type TestCluster, until, withCluster, withHome } from "../harness.ts";
import { STUBBORN_JOB } from "../jobs.ts";
import { schedulerOf } from "./_parts.ts";
import { assertComplaint } from "./_words.ts";

Deno.test("shutdown twice, once after the other and both at once, ends all and says so each time", async () => {
  await withCluster({}, async (cluster) => {
    const both = await Promise.all([cluster.xcore("shutdown"), cluster.xcore("shutdown")]);
    for (const { code, stdout, stderr } of [...both, await cluster.xcore("shutdown")]) {
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "Nothing is left.\n");
    }
    assert.deepEqual(cluster.processes(), []);
    assert.equal((await cluster.status()).cluster.state, "down");
  });
});

Deno.test("shutdown of what was never set up says how to set it up", async () => {
  await withHome(async (cluster) => {
    const ran = await cluster.xcore("shutdown");
    assertComplaint(cluster, ran, 3, "shutdown before init");
  });
});

Deno.test("shutdown that is interrupted says what is still there, and run again it ends the rest", async () => {
  await withCluster({ poll_interval_s: 0.2 }, async (cluster) => {
    await cluster.python("-c", STUBBORN_JOB);
    const sleeping = () => cluster.processes().filter(({ commandLine }) => commandLine === "sleep 1000");
    await cluster.until("the task runs", () => sleeping().length === 1);

    const shutdown = cluster.xcoreBeside(["shutdown", "--yes"]);
    await until("the worker is being ended", () => run(cluster), (names) => names.some(isEnding));
    signal(shutdown.pid, "SIGINT");
    assertComplaint(cluster, await shutdown.ended, 130, "shutdown that is interrupted");
    const { cluster: { state }, daemon } = await cluster.status();
    assert.deepEqual([state, daemon.running], ["degraded", false]);

    const again = await cluster.xcore("shutdown", "--yes");
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout, "Nothing is left.\n");
    assert.deepEqual(cluster.processes(), []);
  });
});

Deno.test("start that is interrupted says what is there, and run again it goes on, also where the scheduler was told to end", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    const start = cluster.xcoreBeside(["start"]);
    await until("the scheduler has been started", () => run(cluster), (names) => names.includes(SCHEDULER));
    const { pid } = schedulerOf(cluster);
    signal(pid, "SIGSTOP"); // it will not answer before the start is told to stop
    signal(start.pid, "SIGINT");
    const ran = await start.ended;
    signal(pid, "SIGCONT");
    assertComplaint(cluster, ran, 130, "start that is interrupted");

    await cluster.ok("start");
    assert.equal((await cluster.status()).cluster.state, "running");

    // As a shutdown does that is killed right after it.
    await cluster.ok("daemon", "stop");
    signal(schedulerOf(cluster).pid, "SIGTERM");
    const { code, stderr } = await cluster.xcore("start");
    assert.equal(code, 0, stderr);
    assert.equal((await cluster.status()).cluster.state, "running");
  });
});

/** Says that there is a scheduler's process, from its very beginning. */
const SCHEDULER = "scheduler.json";

const isEnding = (name: string) => name.endsWith(".ending");

/** The files by which the cluster's processes are known. */
async function run({ home }: TestCluster): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(`${home}/run`), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
