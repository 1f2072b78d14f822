import assert from "node:assert/strict";
import { until, withCluster } from "./harness.ts";
import { jobOf } from "./jobs.ts";

const SCRIPT = jobOf("sleep 1000 & trap '' TERM; sleep 1001; true");

const JOB = `
from distributed import Client
from crosscore import cluster
print(Client(cluster.get_url()).submit(sum, [40, 2]).result())
`;

Deno.test("shutdown asks when a task runs, and so does restart, then it ends everything, the task's own programs too", async () => {
  await withCluster({}, async (cluster) => {
    await cluster.python("-c", SCRIPT);
    const sleeping = () =>
      cluster.processes().filter(({ commandLine }) => /^sleep 100[01]$/.test(commandLine));
    await cluster.until("the task runs", () => sleeping().length === 2);

    for (const verb of ["shutdown", "restart"]) {
      const asked = await cluster.xcore(verb);
      assert.equal(asked.code, 2);
      assert.match(asked.stderr, /not finished[\s\S]*--yes/);
    }
    assert.equal(sleeping().length, 2);
    assert.equal((await cluster.status()).cluster.state, "running");

    await cluster.ok("shutdown", "--yes");
    assert.deepEqual(cluster.processes(), []);
    assert.equal((await cluster.xcore("url")).code, 3);
    assert.equal((await cluster.status()).cluster.state, "down");
  });
});

/** A client without a task, until there is a file `go`. */
const CLIENT = `
import os, time
from distributed import Client
from crosscore import cluster
client = Client(cluster.get_url())
while not os.path.exists("go"): time.sleep(0.1)
`;

Deno.test("the daemon shuts an idle cluster down, once no client is connected, and status says why", async () => {
  await withCluster({}, async (cluster) => {
    const client = await cluster.python("-c", CLIENT);
    await cluster.until("the client is connected", ({ demand }) => demand?.clients === 1);
    assert.match(await cluster.ok("shutdown", "--yes", "--if-idle"), /^Nothing was changed/);
    await cluster.ok("config", "set", "shutdown_when_idle_h", "0.001");
    assert.equal((await cluster.status()).cluster.state, "running");

    await cluster.write("go", "");
    assert.equal((await client.ended).code, 0);
    const { cluster: { shut_down: last } } = await cluster.until(
      "the daemon has shut the cluster down",
      ({ cluster: { state, shut_down } }) => state === "down" && shut_down?.finished === true,
    );
    assert.deepEqual([last!.by, last!.error], ["daemon", null]);
    assert.match(last!.reason!, /^idle for \d+ s$/);
    await until(
      "its process has ended",
      () => Promise.resolve(cluster.processes()),
      ({ length }) => length === 0,
    );
    assert.match(await cluster.ok("status"), /Shut down at \d\d:\d\d .*: idle for/);
    assert.match(await cluster.ok("logs", "shutdown"), /idle for[\s\S]*Nothing is left\.\n$/);

    await cluster.ok("config", "set", "shutdown_when_idle_h", "null");
    await cluster.ok("start");
    assert.equal((await cluster.status()).cluster.shut_down, null);
  });
});

Deno.test("restart makes the cluster again after a shutdown", async () => {
  await withCluster({}, async (cluster) => {
    await cluster.ok("shutdown");
    assert.deepEqual(cluster.processes(), []);
    await cluster.ok("restart");
    const { cluster: { state }, daemon } = await cluster.status();
    assert.deepEqual([state, daemon.running], ["running", true]);
    assert.match(await cluster.ok("url"), /^tls:\/\/127\.0\.0\.1:\d+\n$/);
  });
});

Deno.test("restart of a cluster that runs makes another scheduler, with other certificates", async () => {
  await withCluster({}, async (cluster) => {
    const certificate = () => Deno.readTextFile(`${cluster.home}/tls/ca.pem`);
    const before = await certificate();
    const url = await cluster.ok("url");
    assert.match(await cluster.ok("restart"), /^The cluster is running: /m);
    assert.notEqual(await certificate(), before);
    assert.equal(await cluster.ok("url"), url);
    assert.equal((await cluster.pythonOk("-c", JOB)).trim(), "42");
  });
});
