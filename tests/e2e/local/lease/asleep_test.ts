/** Stopped and continued, as by a lid that is closed and opened: the daemon alone, then everything. */

import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { withCluster } from "../harness.ts";
import { untilScheduler } from "./_scheduler.ts";

const GRACE_S = 5;

const SCRIPT = `
import os, sys, time
from dask.distributed import Client
from crosscore import cluster

def until(path):
    with open(path + ".runs", "a") as file:
        file.write("run\\n")
    while not os.path.exists(path):
        time.sleep(0.05)
    return os.getpid()

client = Client(cluster.get_url())
first = client.submit(os.getpid)
first.result()
long = client.submit(until, sys.argv[1])
print(long.result() == first.result())
`;

const sleepS = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

Deno.test("a daemon that wakes just in time keeps its worker, and a machine that wakes loses nothing", async () => {
  await withCluster(
    { daemon_grace_s: GRACE_S, poll_interval_s: 0.2, max_idle_time_s: 3600 },
    async (cluster) => {
      await cluster.pythonOk("-c", SCRIPT, await cluster.write("open", ""));
      const [worker] = (await cluster.status()).workers;
      const daemon = await cluster.daemonPid();

      signal(daemon, "SIGSTOP");
      const called = ({ workers }: { workers: readonly { status: string }[] }) =>
        workers[0]?.status === "closing_gracefully";
      const { lease } = await untilScheduler(cluster, "the worker is called for the last time", called);
      assert.deepEqual([lease.holder, lease.workersEndInS], [null, 0]);
      signal(daemon, "SIGCONT");
      const back = await untilScheduler(
        cluster,
        "it works on",
        ({ workers }) => workers[0]?.status === "running",
      );
      assert.ok(back.lease.holder?.endsWith(cluster.home));

      const gate = `${cluster.folder}/gate`;
      const script = await cluster.python("-c", SCRIPT, gate);
      await cluster.until("the task runs", ({ workers }) => workers[0]?.executing === 1);
      const all = cluster.processes();
      for (const { pid } of all) {
        signal(pid, "SIGSTOP");
      }
      await sleepS(GRACE_S + 2);
      for (const { pid } of all) signal(pid, "SIGCONT");
      await sleepS(2);
      await Deno.writeTextFile(gate, "");

      const { code, stdout, stderr } = await script.ended;
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "True\n");
      assert.equal(await Deno.readTextFile(`${gate}.runs`), "run\n");
      // What was asked when all stopped, and answered when it went on, came too late.
      const { workers } = await cluster.until(
        "nothing is to be said",
        ({ problems }) => problems.length === 0,
      );
      assert.deepEqual(workers.map(({ id, state }) => [id, state]), [[worker!.id, "running"]]);
    },
  );
});
