import assert from "node:assert/strict";
import { withCluster } from "../harness.ts";
import { assertProblem, has } from "./_words.ts";

/** Wants its result only when a file says so. */
const SCRIPT = `
import os, time
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

task = SubprocessTask("echo ran >> $HOME/ran; head -c 100000 /dev/zero")
task.set_outputs(["STDOUT"])
future = Client(address=cluster.get_url()).submit(task)
while not os.path.exists("go"):
    time.sleep(0.1)
try:
    print(len(future.result()))
except BaseException as error:
    print(type(error).__name__, error)
`;

const SETTINGS = { max_idle_time_s: 1, poll_interval_s: 0.2 };

Deno.test("the last worker stays for the result that a connected client wants, and its task runs once", async () => {
  await withCluster(SETTINGS, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const held = await cluster.until("it is said", (status) => has(status, "results_held"));
    assertProblem(cluster, held, "results_held", "the last worker that holds a result");
    assert.equal(held.cluster.state, "running");
    assert.equal(held.workers[0]?.reason, "holds results that a client wants");
    const { last_tick_at } = held.daemon;
    await cluster.until("another tick", ({ daemon }) => daemon.last_tick_at !== last_tick_at);
    assert.equal(cluster.workerProcesses().length, 1);

    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.deepEqual([code, stdout], [0, "100000\n"], stderr);
    const { problems } = await cluster.until("then it leaves", ({ workers }) => workers.length === 0);
    assert.deepEqual(problems, []);
    assert.equal(await Deno.readTextFile(`${cluster.folder}/ran`), "ran\n");
  });
});

Deno.test("with hold_results_s: 5 the result is given up after 5 s, and its client is told why", async () => {
  await withCluster({ ...SETTINGS, hold_results_s: 5 }, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const { decisions } = await cluster.until(
      "the result is given up, and the worker leaves",
      ({ workers, decisions }) => workers.length === 0 && decisions.some(({ action }) => action === "cancel"),
    );
    const made = decisions.map(({ action }) => action).filter((action) => action !== "terminate");
    assert.deepEqual(made, ["retire", "cancel", "launch"]);

    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^(FutureC|C)ancelledError .*hold_results_s: results were held for 5 s with no task to run/,
    );
    assert.equal(await Deno.readTextFile(`${cluster.folder}/ran`), "ran\n");
    assert.deepEqual((await cluster.status()).workers, []);
  });
});
