import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";
import { jobOf } from "./jobs.ts";

/** Tells the session of its worker, whose leader is the instance. */
const SCRIPT = jobOf("until [ -e $HOME/go ]; do sleep 0.1; done; cut -d ' ' -f 6 /proc/$PPID/stat");

Deno.test("daemon stop leaves a worker running, and daemon start picks it up", async () => {
  await withCluster({ max_idle_time_s: 2 }, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const before = await cluster.until("the task runs", ({ workers }) => workers[0]?.executing === 1);

    await cluster.ok("daemon", "stop");
    assert.equal((await cluster.status()).daemon.running, false);
    assert.equal(cluster.workerProcesses().length, 1);
    await cluster.ok("daemon", "start");

    const after = await cluster.until("it is seen again", ({ workers }) => workers[0]?.state === "running");
    assert.equal(after.workers[0]?.id, before.workers[0]?.id);
    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.equal(after.workers[0]?.id?.split("-")[0], stdout.trim());
    await cluster.until("it has left", ({ workers }) => workers.length === 0);
  });
});
