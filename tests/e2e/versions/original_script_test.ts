import assert from "node:assert/strict";
import { withCluster } from "../local/harness.ts";

/** The script in the README of Crosscore 0.0.1. */
const SCRIPT = `
from crossflow.kernels import SubprocessKernel
from crossflow.clients import Client
from crosscore import cluster

sleeper = SubprocessKernel('sleep {n}; echo {n}')
sleeper.set_inputs(['n'])
sleeper.set_outputs(['STDOUT'])

client = Client(address=cluster.get_url())
result = client.submit(sleeper, 10)
print(result.result())
`;

Deno.test("the original README's script runs word for word, with the crossflow of its time", async () => {
  await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
    assert.equal(await cluster.pythonOk("-c", SCRIPT), "10\n\n");
    const { problems } = await cluster.until("the worker leaves", ({ workers }) => workers.length === 0);
    assert.deepEqual(problems, []);
  });
});
