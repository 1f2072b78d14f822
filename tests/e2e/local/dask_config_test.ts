import assert from "node:assert/strict";
import { withHome } from "./harness.ts";

/** Each would end or break a cluster that obeyed it. */
const THEIRS = {
  DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT: "3s",
  DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL: "1s",
  DASK_DISTRIBUTED__WORKER__LIFETIME__DURATION: "4s",
};
const KEYS = [
  "distributed.scheduler.idle-timeout",
  "distributed.scheduler.worker-ttl",
  "distributed.worker.lifetime.duration",
];

/** Longer than the ten heartbeats, of half a second each, that Dask waits at least for a silent worker. */
const HELD_S = 12;

const HOLDS_INTERPRETER = `
import ctypes, os, sys
from distributed import Client, get_worker
from crosscore import cluster

def hold(seconds, runs):
    """Sleeps in C; no other thread of this Python runs meanwhile."""
    with open(runs, "a") as file:
        file.write("run\\n")
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    return get_worker().id

client = Client(cluster.get_url())
first = client.submit(hold, ${HELD_S}, sys.argv[1]).result()
second = client.submit(lambda: get_worker().id, pure=False).result()
print("one worker" if first == second else "another worker")
`;

Deno.test("the user's Dask configuration does not end a cluster, and start says what it does not obey", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    const { code, stdout, stderr } = await cluster.xcore("start");
    assert.equal(code, 0, stderr);
    for (const key of KEYS) assert.ok((stdout + stderr).includes(key), `${key} is not named`);

    const runs = `${cluster.folder}/runs`;
    const script = await cluster.write("hold.py", HOLDS_INTERPRETER);
    assert.equal(await cluster.pythonOk(script, runs), "one worker\n");
    assert.equal(await Deno.readTextFile(runs), "run\n");
    const { decisions } = await cluster.status();
    assert.deepEqual(decisions.map(({ action }) => action), ["launch"]);

    const again = await cluster.xcore("start");
    assert.ok(!(again.stdout + again.stderr).includes(KEYS[0]!), "told more than once");
  }, { env: THEIRS });
});
