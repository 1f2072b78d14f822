import assert from "node:assert/strict";
import { withCluster } from "../harness.ts";
import { linux, needing, programs } from "../../../support/needs.ts";
import { withMovedClock } from "./_moved_clock.ts";
import { lastingPids } from "./_parts.ts";

const HOUR_S = 3600;

/** A task that lasts until it is told, and when it runs three more that take a while. */
const SCRIPT = `
import os, time
from dask.distributed import Client
from crosscore import cluster

def last():
    while not os.path.exists(os.environ["HOME"] + "/go"):
        time.sleep(0.05)
    return time.time()

client = Client(cluster.get_url())
long = client.submit(last)
while not os.path.exists("more"):
    time.sleep(0.05)
print(*client.gather(client.map(lambda n: time.sleep(0.5) or n, range(3))))
print(long.result())
`;

Deno.test(needing(
  linux() ?? programs("cc"),
  "the clock set back an hour: nothing is launched or ended for it, and all goes on in the new time",
  () =>
    withMovedClock(async ({ env, setOffset }) => {
      await withCluster({ max_workers: 2, max_idle_time_s: 2, poll_interval_s: 0.2 }, async (cluster) => {
        const script = await cluster.python("-c", SCRIPT);
        const before = await cluster.until("the task runs", ({ workers }) => workers[0]?.executing === 1);
        const processes = lastingPids(cluster);

        const atMs = Date.now();
        await setOffset(-HOUR_S);
        const ticks = new Set<string>();
        const after = await cluster.until("it has looked ten times since", ({ daemon }) => {
          const tick = daemon.last_tick_at!;
          if (Date.parse(tick) < atMs) ticks.add(tick);
          return ticks.size >= 10;
        });
        assert.deepEqual(lastingPids(cluster), processes);
        assert.deepEqual(after.decisions, before.decisions);
        assert.deepEqual([after.problems, after.cluster.state], [[], "running"]);
        assert.doesNotMatch(await cluster.ok("status"), /-\d+ ?(s|min|h)\b/);

        // What is decided from now on stands before what was decided an hour later.
        await cluster.write("more", "");
        await cluster.until("a second worker is launched", ({ workers }) => workers.length === 2);
        await cluster.write("go", "");
        const { code, stdout, stderr } = await script.ended;
        assert.equal(code, 0, stderr);
        const [numbers, endedAtS] = stdout.trim().split("\n");
        assert.equal(numbers, "0 1 2");
        assert.ok(Number(endedAtS) * 1000 < atMs, "its worker's clock was not set back");

        const { decisions, problems } = await cluster.until(
          "idle, they leave",
          ({ workers }) => workers.length === 0,
        );
        const actions = decisions.map(({ action }) => action).filter((action) => action !== "terminate");
        assert.deepEqual(actions.slice(-2), ["launch", "launch"]);
        assert.ok(actions.slice(0, -2).every((action) => action === "retire"), actions.join());
        assert.ok(Date.parse(decisions[0]!.at) < Date.parse(decisions.at(-1)!.at));
        assert.deepEqual(problems, []);
      }, { env });
    }),
));
