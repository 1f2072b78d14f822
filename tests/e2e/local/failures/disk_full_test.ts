import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type TestCluster, withCluster } from "../harness.ts";
import { jobOf, STUBBORN_JOB } from "../jobs.ts";
import { linux, needing, root } from "../../../support/needs.ts";
import { CAN_MOUNT, withTinyDisk } from "./_tiny_disk.ts";
import { assertComplaint, assertProblem, has } from "./_words.ts";

const JOB = jobOf("echo done");

Deno.test(needing(
  CAN_MOUNT ? null : linux() ?? root() ?? "this container may not mount: run it with --privileged",
  "on a full disk nothing is launched, which is said, until there is room; and it can be shut down",
  () =>
    withTinyDisk(8, async (disk) => {
      const settings = { max_workers: 2, poll_interval_s: 0.2 };
      await withCluster(settings, async (cluster) => {
        await cluster.python("-c", STUBBORN_JOB);
        await cluster.until("the first task runs", ({ workers }) => workers[0]?.executing === 1);
        await cluster.ok("python");
        await useUpLastBlocks(cluster);
        await disk.fill();
        const script = await cluster.python("-c", JOB);
        const full = await cluster.until("it is said", (status) => has(status, "launch_failed"));
        assertProblem(cluster, full, "launch_failed", "a launch on a full disk");
        assert.equal(full.cluster.state, "degraded");
        const { last_tick_at } = full.daemon;
        await cluster.until("its ticks go on", ({ daemon }) => daemon.last_tick_at !== last_tick_at);
        assert.equal(cluster.workerProcesses().length, 1);
        assert.equal(attempts(cluster), 1);
        const setting = await cluster.xcore("config", "set", "max_workers", "3");
        assertComplaint(cluster, setting, 1, "config set on a full disk");

        await disk.empty();
        const { code, stdout, stderr } = await script.ended;
        assert.deepEqual([code, stdout], [0, "done\n"], stderr);
        assert.equal(attempts(cluster), 2);
        assert.deepEqual((await cluster.status()).problems, []);

        await useUpLastBlocks(cluster);
        await disk.fill();
        await cluster.ok("daemon", "stop");
        assertComplaint(cluster, await cluster.xcore("start"), 1, "start on a full disk");
        assert.equal(await cluster.ok("shutdown", "--yes"), "Nothing is left.\n");
        assert.deepEqual(cluster.processes(), []);
        await disk.empty();
      }, { parent: disk.folder });
    }),
));

/** Launch calls written down. */
function attempts(cluster: TestCluster): number {
  using history = new DatabaseSync(`${cluster.home}/history.db`, { readOnly: true });
  return Number(history.prepare("SELECT count(*) AS n FROM attempts").get()?.n);
}

/** Leaves no room in files that have a block already: the next byte needs another one. */
async function useUpLastBlocks(cluster: TestCluster): Promise<void> {
  await Deno.truncate(`${cluster.home}/verb.lock`);
  for await (const { name } of Deno.readDir(`${cluster.home}/logs`)) {
    const path = `${cluster.home}/logs/${name}`;
    const { size } = await Deno.stat(path);
    await Deno.writeTextFile(path, "\n".repeat((4096 - size % 4096) % 4096), { append: true });
  }
}
