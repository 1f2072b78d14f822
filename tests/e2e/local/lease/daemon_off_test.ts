/** A daemon that is off for good: workers end when they have nothing to do, then the scheduler does. */

import assert from "node:assert/strict";
import { until, withCluster } from "../harness.ts";

const SCRIPT = `
import os, sys, time
from dask.distributed import Client
from crosscore import cluster

def until(path):
    with open(path + ".runs", "a") as file:
        file.write("run\\n")
    while not os.path.exists(path):
        time.sleep(0.05)
    return "whole"

client = Client(cluster.get_url())
short, long = client.submit(pow, 2, 10), client.submit(until, sys.argv[1])
print(short.result(), long.result())
`;

const TIMES = ["daemon_grace_s", "2", "orphan_timeout_h", "0.001"];

Deno.test("without the daemon idle workers end, a busy one finishes first, and the scheduler ends last", async () => {
  await withCluster({ max_workers: 2, poll_interval_s: 0.2 }, async (cluster) => {
    const gate = `${cluster.folder}/gate`;
    const script = await cluster.python("-c", SCRIPT, gate);
    await cluster.until(
      "one is busy and one has nothing to do",
      ({ workers, demand }) =>
        workers.filter(({ state }) => state === "running").length === 2 && demand?.processing === 1 &&
        workers.some(({ executing }) => executing === 1),
    );

    await cluster.ok("config", "set", ...TIMES);
    await waitForTicks(() => cluster.status());
    assert.deepEqual((await cluster.status()).problems, [], "a change of these takes no restart");
    await cluster.ok("daemon", "stop");

    const status = await cluster.until("the idle one has left", ({ workers }) => workers.length === 1);
    assert.equal(status.problems[0]?.code, "daemon_not_running");
    assert.equal(status.workers[0]!.executing, 1);
    await Deno.writeTextFile(gate, "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "1024 whole\n");
    assert.equal(await Deno.readTextFile(`${gate}.runs`), "run\n");

    const nobody = () => Promise.resolve(cluster.processes());
    await until("nothing runs any more", nobody, ({ length }) => length === 0);
    await cluster.ok("start");
    await cluster.until("it is there again", ({ cluster: { state } }) => state === "running");
  });
});

/** A daemon renews its lease at each tick, with the terms of the config it has read then. */
async function waitForTicks(look: () => Promise<{ daemon: { last_tick_at: string | null } }>): Promise<void> {
  const { daemon: { last_tick_at: before } } = await look();
  let seen = 0;
  let last = before;
  await until("it ticked twice", look, ({ daemon: { last_tick_at: now } }) => {
    if (now !== last) seen++;
    last = now;
    return seen >= 2;
  });
}
