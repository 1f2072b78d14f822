import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

/** Two tasks, each until it is told; it says which process ran the first, and which session the second. */
const SCRIPT = `
import os, time
from dask.distributed import Client
from crosscore import cluster

def last(n):
    while not os.path.exists(os.environ["HOME"] + "/go"):
        time.sleep(0.05)
    return os.getpid(), os.getsid(0)

client = Client(cluster.get_url())
client.wait_for_workers(1)
first = client.submit(last, 1)
while not os.path.exists("more"):
    time.sleep(0.05)
second = client.submit(last, 2)
print(first.result()[0], second.result()[1])
`;

const ONE = `
import os
from dask.distributed import Client
from crosscore import cluster
print(Client(cluster.get_url()).submit(os.getpid).result())
`;

Deno.test("a dask worker that a person starts counts: none is launched for what it runs, and it is left alone", async () => {
  await withCluster({ max_idle_time_s: 1, poll_interval_s: 0.2 }, async (cluster) => {
    const { url, tls } = JSON.parse(await cluster.ok("url", "--json"));
    const certificates = [
      "--tls-ca-file",
      tls.ca_file,
      "--tls-cert",
      tls.cert_file,
      "--tls-key",
      tls.key_file,
    ];
    const byHand = await cluster.python(
      ...["-m", "distributed.cli.dask_worker", url, ...certificates],
      ...["--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"],
    );
    const script = await cluster.python("-c", SCRIPT);
    const busy = await cluster.until(
      "it has the task",
      ({ demand }) => demand?.runnable === 1 && demand.target === 0,
    );
    const ticks = new Set<string>();
    await cluster.until("it has looked again", ({ daemon }) => ticks.add(daemon.last_tick_at!).size >= 3);
    assert.deepEqual((await cluster.status()).decisions, []);
    assert.deepEqual([busy.workers, busy.problems], [[], []]);

    await cluster.write("more", "");
    const both = await cluster.until(
      "one is launched for the other",
      ({ workers }) => workers[0]?.executing === 1,
    );
    assert.equal(both.workers.length, 1);
    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split(" "), [String(byHand.pid), both.workers[0]!.id?.split("-")[0]]);

    await cluster.until("ours leaves", ({ workers }) => workers.length === 0);
    assert.equal(await cluster.pythonOk("-c", ONE), `${byHand.pid}\n`);
    await cluster.ok("shutdown", "--yes");
    await byHand.ended;
  });
});
