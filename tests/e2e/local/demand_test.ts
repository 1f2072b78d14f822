import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

/** Tasks that each run until a file named after their worker is there. */
const script = (submit: string) => `
import os, time
from dask.distributed import Client, get_worker
from crosscore import cluster

def until(n):
    while not os.path.exists(os.environ["HOME"] + "/" + get_worker().name):
        time.sleep(0.05)
    return n

client = Client(cluster.get_url())
client.submit(sum, [1, 2]).result()
(address,) = client.scheduler_info()["workers"]
futures = ${submit}
print(sorted(client.gather(futures)))
`;

Deno.test("tasks that may run on one worker alone launch no other, and status tells why", async () => {
  await withCluster({ max_workers: 4, max_idle_time_s: 60, poll_interval_s: 0.5 }, async (cluster) => {
    const running = await cluster.python(
      "-c",
      script("client.map(until, range(12), workers=[address])"),
    );
    const { workers, demand } = await cluster.until(
      "what waits for the worker is told",
      ({ problems }) => problems.some(({ code }) => code === "tasks_bound"),
    );
    assert.deepEqual([workers.length, demand?.runnable], [1, 1]);
    await cluster.write(workers[0]!.name, "");
    assert.equal((await running.ended).code, 0);
    const { decisions } = await cluster.status();
    assert.equal(decisions.filter(({ action }) => action === "launch").length, 1);
  });
});

Deno.test("max_workers lowered below what runs: the surplus leaves when its tasks end, and takes no other", async () => {
  await withCluster({ max_workers: 3, max_idle_time_s: 60, poll_interval_s: 0.5 }, async (cluster) => {
    const running = await cluster.python(
      "-c",
      script("client.map(until, range(15))"),
    );
    await cluster.until(
      "all work",
      ({ workers }) => workers.filter(({ executing }) => executing === 1).length === 3,
    );
    await cluster.ok("config", "set", "max_workers", "1");
    const isDraining = ({ state }: { state: string }) => state === "draining";
    const drained = await cluster.until(
      "two drain",
      ({ workers }) => workers.filter(isDraining).length === 2,
    );
    for (const { name } of drained.workers.filter(isDraining)) await cluster.write(name, "");
    const { workers, decisions } = await cluster.until(
      "two have gone",
      ({ workers }) => workers.length === 1,
    );
    assert.equal(workers[0]!.executing, 1);
    assert.ok(decisions.some(({ action, count }) => action === "drain" && count === 2));
    await cluster.write(workers[0]!.name, "");
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.equal(stdout.trim(), `[${Array.from({ length: 15 }, (_, n) => n).join(", ")}]`);
  });
});
