import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

/** Wakes three workers, and keeps something on one of them that cannot move, until it is told. */
const keeping = (what: string) => `
import os, threading, time
from dask.distributed import Client, wait
from crosscore import cluster

class Counter:
    n = 0

client = Client(cluster.get_url())
client.gather(client.map(lambda n: time.sleep(1) or n, range(12)))
kept = ${what}
print("kept", flush=True)
while not os.path.exists("go"):
    time.sleep(0.1)
`;

const SETTINGS = { max_workers: 3, max_idle_time_s: 3, poll_interval_s: 0.5 };

Deno.test("a result that cannot be pickled keeps its worker with the reason, and no other", async () => {
  await withCluster(SETTINGS, async (cluster) => {
    // The other result is the larger one: its worker stays until it is known that the lock's must.
    const locks = '[client.submit(threading.Lock, key="the-lock"), client.submit(bytes, 9000)]; wait(kept)';
    const script = await cluster.python("-c", keeping(locks));
    const { workers } = await cluster.until(
      "only the worker that must stay is there",
      ({ workers, problems }) =>
        script.printed().includes("kept") && workers.length === 1 &&
        problems.some(({ code, message }) => code === "results_held" && message.includes("the-lock")),
    );
    assert.equal(workers[0]!.state, "running");
    await cluster.write("go", "");
    assert.equal((await script.ended).code, 0);
    await cluster.until("its client is gone, and so is the worker", ({ workers }) => workers.length === 0);
  });
});

Deno.test("an actor keeps its worker for no longer than hold_results_s", async () => {
  await withCluster({ ...SETTINGS, hold_results_s: 8 }, async (cluster) => {
    const script = await cluster.python(
      "-c",
      keeping('client.submit(Counter, actor=True, key="c").result()'),
    );
    await cluster.until(
      "the actor's worker stays, and no other",
      ({ workers, problems }) =>
        script.printed().includes("kept") && workers.length === 1 && problems.length > 0,
    );
    const { decisions } = await cluster.until("it has gone", ({ workers }) => workers.length === 0);
    assert.ok(decisions.some(({ action }) => action === "cancel"));
    await cluster.write("go", "");
    await script.ended;
  });
});
