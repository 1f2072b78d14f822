import assert from "node:assert/strict";
import type { Status } from "../../../lib/model/mod.ts";
import { withCluster } from "./harness.ts";

const WAIT = `
import sys
from dask.distributed import Client
from crosscore import cluster

client = Client(cluster.get_url())
client.wait_for_workers(int(sys.argv[1]))
print(len(client.scheduler_info()["workers"]))
`;

/** The JSON that `xcore scale` answers with. */
interface Scaled {
  readonly workers: number;
  readonly replaced: number;
  readonly max_workers: number;
}

/** The longest there is. */
const POLL_S = 60;

Deno.test("requested workers start from zero well before the next poll, stay without a task, and leave when the request is taken back", async () => {
  await withCluster({ max_workers: 2, max_idle_time_s: 1, poll_interval_s: POLL_S }, async (cluster) => {
    await cluster.ok("config", "set", "poll_interval_s", "0.5"); // which the tick reads that launches
    const askedMs = Date.now();
    const asked: Scaled = JSON.parse(await cluster.ok("scale", "3", "--for", "10m", "--json"));
    assert.deepEqual([asked.workers, asked.replaced, asked.max_workers], [3, 0, 2]);
    const launchOf = ({ decisions }: Status) => decisions.find(({ action }) => action === "launch");
    // A worker is there before its launch is told.
    const requested = await cluster.until(
      "they are launched",
      (status) => status.workers.length === 2 && launchOf(status) !== undefined,
    );
    const delayS = (Date.parse(launchOf(requested)!.at) - askedMs) / 1000;
    assert.ok(delayS < POLL_S / 3, `the scheduler has told the daemon after ${delayS} s`);
    const running = ({ state }: { state: string }) => state === "running";
    await cluster.until("two run", ({ workers }) => workers.filter(running).length === 2);
    const { demand } = await cluster.until(
      "they have been idle for longer than an idle worker may be",
      ({ workers }) =>
        workers.every(({ since }) => since !== null && Date.now() - Date.parse(since) > 4000) &&
        workers.length === 2,
    );
    assert.deepEqual([demand?.target, demand?.by_pool.default?.requested], [2, 3]);

    const back: Scaled = JSON.parse(await cluster.ok("scale", "0", "--json"));
    assert.deepEqual([back.workers, back.replaced], [0, 3]);
    const { decisions } = await cluster.until("none is left", ({ workers }) => workers.length === 0);
    const counts = (kind: string) =>
      decisions.filter(({ action }) => action === kind).map(({ count }) => count);
    assert.deepEqual(counts("launch"), [2]);
    assert.equal(counts("retire").reduce((sum, count) => sum + count, 0), 2);
  });
});

Deno.test("a stock client that waits for two workers gets one, status names scale, and scale brings the other", async () => {
  await withCluster({ max_workers: 4, max_idle_time_s: 60, poll_interval_s: 0.5 }, async (cluster) => {
    const script = await cluster.python("-c", WAIT, "2");
    const { workers } = await cluster.until(
      "the first is there, and the client waits on",
      ({ workers, problems }) =>
        workers.some(({ state }) => state === "running") &&
        problems.some(({ code }) => code === "client_waits"),
    );
    assert.equal(workers.length, 1);
    await cluster.ok("scale", "2", "--for", "10m");
    const { code, stdout, stderr } = await script.ended;
    assert.deepEqual([code, stdout.trim()], [0, "2"], stderr);
    await cluster.until("no client waits any more", ({ problems }) => problems.length === 0);
  });
});
