import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { withCluster } from "../harness.ts";
import { jobOf } from "../jobs.ts";

/** Each run of the task leaves a line and a program of its own; the first lasts until it is killed. */
const SCRIPT = jobOf("echo $PPID >> $HOME/ran; [ $(wc -l < $HOME/ran) -gt 1 ] || sleep 1000; echo $PPID");

Deno.test("the task of a worker that is killed runs again on another, and the result comes", async () => {
  await withCluster({ poll_interval_s: 0.2 }, async (cluster) => {
    const script = await cluster.python("-c", SCRIPT);
    const sleeping = () => cluster.processes().filter(({ commandLine }) => commandLine === "sleep 1000");
    await cluster.until("the task runs", () => sleeping().length === 1);
    const [worker] = cluster.workerProcesses();
    const [program] = sleeping();
    signal(worker!.pid, "SIGKILL");

    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    const ran = (await Deno.readTextFile(`${cluster.folder}/ran`)).trim().split("\n");
    assert.equal(ran.length, 2);
    assert.equal(ran[1], stdout.trim());
    assert.notEqual(ran[1], ran[0]);
    assert.ok(
      !cluster.processes().some(({ pid }) => pid === program!.pid),
      "the killed worker's program is left",
    );
    const { decisions, workers } = await cluster.status();
    const launched = decisions.filter(({ action }) => action === "launch");
    assert.deepEqual(launched.map(({ count }) => count), [1, 1]);
    assert.equal(workers.length, 1);
    assert.notEqual(workers[0]!.id?.split("-")[0], String(worker!.pid));
  });
});
