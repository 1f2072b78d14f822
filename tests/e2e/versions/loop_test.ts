import assert from "node:assert/strict";
import { withCluster } from "../local/harness.ts";

/** As a script of that time would: whatever crossflow there is, Dask's own client does. */
const SCRIPT = `
import distributed, os, time
from distributed import Client
from crosscore import cluster

cluster.set_max_workers(2)
client = Client(cluster.get_url())
data = client.scatter(b"x" * 3000000)

def length(data, n):
    while not os.path.exists(os.environ["HOME"] + "/go"):
        time.sleep(0.05)
    return len(data) + n

lengths = [client.submit(length, data, n) for n in range(8)]
client.wait_for_workers(2)
open("go", "w").close()
print(client.submit(sum, lengths).result())
print(distributed.__version__, cluster.status(json=True)["cluster"]["state"])
print(cluster.status())
`;

Deno.test("from no worker: an input is sent, two workers run the tasks, and leave", async () => {
  await withCluster({ max_idle_time_s: 1, poll_interval_s: 0.2 }, async (cluster) => {
    const [sum, said, ...status] = (await cluster.pythonOk("-c", SCRIPT)).split("\n");
    assert.equal(sum, String(8 * 3_000_000 + 28));
    assert.match(said!, /^20\d\d\.\d+\.\d+ running$/);
    assert.match(status.join("\n"), /worker-[01]/); // the first may have left

    const { decisions, problems } = await cluster.until("they leave", ({ workers }) => workers.length === 0);
    const count = (wanted: string) =>
      decisions.filter(({ action }) => action === wanted).reduce((sum, { count }) => sum + count, 0);
    assert.deepEqual([count("launch"), count("retire")], [2, 2]);
    assert.deepEqual(problems, []);
  });
});
