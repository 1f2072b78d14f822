import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

const example = (name: string) => new URL(`../../../examples/${name}`, import.meta.url).pathname;

Deno.test("examples/first_job.py runs from no worker, and its worker leaves again", async () => {
  await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
    assert.deepEqual((await cluster.status()).workers, []);
    assert.deepEqual(cluster.workerProcesses(), []);

    assert.equal((await cluster.pythonOk(example("first_job.py"), "1")).trim(), "1");

    const { decisions } = await cluster.until("the worker has left", ({ workers }) => workers.length === 0);
    assert.deepEqual(cluster.workerProcesses(), []);
    // One that is slow to end is told again.
    const once = decisions.filter(({ action }) => action !== "terminate");
    assert.deepEqual(once.map(({ action, count }) => [action, count]), [["retire", 1], ["launch", 1]]);
    assert.ok(decisions.every(({ reason }) => reason.length > 0));
  });
});

Deno.test("examples/fan_out.py counts on two workers at once, from none, what a serial count gives", async () => {
  await withCluster({}, async (cluster) => {
    assert.deepEqual(cluster.workerProcesses(), []);

    const args = ["--size-mb", "3", "--parts", "24", "--workers", "2"];
    const said = await cluster.pythonOk(example("fan_out.py"), ...args);

    assert.match(said, /^3000 sequences, 30\d{5} bytes\n24 parts counted by 2 workers\n/);
    assert.match(said, /^Those of length 8 are the same as counted here\.\n$/m);
    assert.equal((await cluster.ok("config", "get", "max_workers")).trim(), "2");
    const [launch] = (await cluster.status()).decisions.filter(({ count }) => count > 0);
    assert.equal(launch?.action, "launch");
  });
});
