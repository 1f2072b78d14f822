import assert from "node:assert/strict";
import { withCluster } from "../harness.ts";
import { assertComplaint, complaintOf } from "./_words.ts";

const SCRIPT = `
import os
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

with open("input.bin", "wb") as file:
    file.write(os.urandom(20_000))  # crossflow sends it to a worker first
count = SubprocessTask("wc -c < input.bin")
count.set_inputs(["input.bin"])
count.set_outputs(["STDOUT"])
print(Client(address=cluster.get_url()).submit(count, "input.bin").result().strip())
`;

Deno.test("a home in a folder whose name has spaces, quotes, a dollar and a newline runs a job and leaves nothing", async () => {
  // Only HOME is set, as for most people; the names of both folders are as odd as they may be.
  const surroundings = { suffix: ` it's "my" $HOME\nand (yours)`, env: { XCORE_HOME: "" } };
  await withCluster({ max_idle_time_s: 1, poll_interval_s: 0.2 }, async (cluster) => {
    assert.equal(await cluster.ok("config", "path"), `${cluster.home}/config.yaml\n`);
    assert.equal(await cluster.pythonOk("-c", SCRIPT), "20000\n");
    const { problems } = await cluster.until("the worker has left", ({ workers }) => workers.length === 0);
    assert.deepEqual(problems, []);

    const { tls } = JSON.parse(await cluster.ok("url", "--json"));
    assert.match(await Deno.readTextFile(tls.ca_file), /^-----BEGIN CERTIFICATE-----/);
    // A message is still one line.
    const refused = await cluster.xcore("init", "local", "--python", "python3");
    assertComplaint(cluster, refused, 2, "init with a Python beside a config");
    assert.ok(complaintOf(refused).includes("\\nand (yours)/.xcore/config"));

    await cluster.ok("shutdown");
    assert.deepEqual(cluster.processes(), []);
  }, surroundings);
});
