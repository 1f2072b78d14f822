import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

const SCRIPT = `
import os, time
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

with open("input.bin", "wb") as file:
    file.write(os.urandom(3_000_000))  # nothing that compresses: all of it has to be sent
count = SubprocessTask("wc -c < input.bin")
count.set_inputs(["input.bin"])
count.set_outputs(["STDOUT"])
client = Client(address=cluster.get_url())
before = time.monotonic()
print(client.submit(count, "input.bin").result().strip())
print(time.monotonic() - before)
`;

Deno.test("an input of 3 MB, submitted with no worker, waits out a boot of 45 s", async () => {
  await withCluster({ boot_delay_s: 45 }, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);

    await cluster.until(
      "a worker is asked for, to send the input to",
      ({ workers, demand }) => workers.length > 0 && demand?.pending_scatters === 1,
    );

    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    const [size, seconds] = stdout.trim().split("\n");
    assert.equal(size, "3000000");
    assert.ok(Number(seconds) >= 45, `the worker did not take 45 s to boot: ${seconds}`);
    const { decisions } = await cluster.status();
    assert.deepEqual(decisions.map(({ action, count }) => [action, count]), [["launch", 1]]);
  });
});
