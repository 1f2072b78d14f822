import assert from "node:assert/strict";
import { withCluster } from "../harness.ts";
import { assertProblem, has } from "./_words.ts";

const TASKS = 20;

const SCRIPT = `
import os
from dask.distributed import Client
from crosscore import cluster

client = Client(cluster.get_url())
futures = [client.submit(lambda n: os.getsid(0), n, resources={"GPU": 1}, pure=False) for n in range(${TASKS})]
print(*[future.result() for future in futures])
`;

Deno.test(`${TASKS} tasks that need a GPU are a problem while no pool offers one, and run on the pool that does`, async () => {
  await withCluster({ max_workers: 4, poll_interval_s: 0.2 }, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const unmet = await cluster.until(
      "it is said",
      (status) => has(status, "resources_unmet") && status.demand?.queued === TASKS,
    );
    assertProblem(cluster, unmet, "resources_unmet", "tasks that no pool can run");
    assert.equal(unmet.demand?.target, 0);
    const { last_tick_at } = unmet.daemon;
    const later = await cluster.until(
      "another tick",
      ({ daemon }) => daemon.last_tick_at !== last_tick_at,
    );
    assert.deepEqual([later.workers, later.decisions, cluster.workerProcesses()], [[], [], []]);
    // The cluster does all it should.
    assert.equal(later.cluster.state, "running");

    await cluster.ok("config", "set", "pools", "[{name: gpu, resources: {GPU: 1}, max_workers: 2}]");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    const { workers, problems } = await cluster.status();
    assert.deepEqual(workers.map(({ pool }) => pool), ["gpu", "gpu"]);
    const pids = workers.map(({ id }) => id?.split("-")[0]);
    assert.ok(stdout.trim().split(" ").every((pid) => pids.includes(pid)), stdout);
    assert.deepEqual(problems, []);
  });
});
