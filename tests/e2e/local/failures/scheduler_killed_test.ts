import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { until, withCluster } from "../harness.ts";
import { jobOf } from "../jobs.ts";
import { schedulerOf } from "./_parts.ts";
import { has } from "./_words.ts";

const HELD_UP = `
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

task = SubprocessTask("sleep 1000")
task.set_outputs(["STDOUT"])
try:
    Client(address=cluster.get_url()).submit(task).result()
except Exception as error:
    print(type(error).__name__)
`;

const JOB = jobOf("echo $PPID");

Deno.test("a scheduler that is killed is missed within two ticks and started again at its address", async () => {
  await withCluster({ poll_interval_s: 1 }, async (cluster) => {
    const script = await cluster.python("-c", HELD_UP);
    await cluster.until("the task runs", ({ workers }) => workers[0]?.executing === 1);
    const [worker] = cluster.workerProcesses();
    const url = await cluster.ok("url");
    const before = schedulerOf(cluster);
    // What starts it again has to wait for this; else it may be there again before anybody has looked.
    using lock = await Deno.open(`${cluster.home}/run/base.lock`, { write: true });
    await lock.lock(true);
    signal(before.pid, "SIGKILL");
    const ticks = new Set([(await cluster.status()).daemon.last_tick_at]);

    await cluster.until("it is missed", (status) => {
      ticks.add(status.daemon.last_tick_at);
      return has(status, "scheduler_unreachable");
    });
    // The tick that was on its way when it was killed, and two more.
    assert.ok(ticks.size <= 3, `it took ${ticks.size} ticks`);

    await lock.unlock();
    await cluster.until(
      "it is back, with nothing to say",
      ({ cluster: { state }, problems }) => state === "running" && problems.length === 0,
    );
    assert.match(await cluster.daemonLog(), /WARN the scheduler had ended and was started again at tls:/);
    assert.notEqual(schedulerOf(cluster).pid, before.pid);
    assert.equal(await cluster.ok("url"), url);

    // What the worker did has nobody to go to: it ends at once, with its task, and its client is told so by Dask.
    await until(
      "the old worker is gone",
      () => Promise.resolve(cluster.processes()),
      (left) => !left.some(({ pid, commandLine }) => pid === worker!.pid || commandLine === "sleep 1000"),
    );
    assert.match((await script.ended).stdout, /^(FutureC|C)ancelledError$/m);
    const ranOn = (await cluster.pythonOk("-c", JOB)).trim();
    assert.notEqual(ranOn, String(worker!.pid));
  });
});
