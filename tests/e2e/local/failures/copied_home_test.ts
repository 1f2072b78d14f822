import assert from "node:assert/strict";
import type { Status } from "../../../../lib/model/status.ts";
import { until, withCluster } from "../harness.ts";
import { jobsOf } from "../jobs.ts";
import { assertProblem, has } from "./_words.ts";

const SCRIPT = jobsOf(4, "sleep 1; echo {n}");

Deno.test("the daemon of a copied home leaves the cluster to the daemon that holds the lease, and says so", async () => {
  await withCluster({ max_workers: 2, poll_interval_s: 0.2 }, async (cluster) => {
    const copy = `${cluster.folder}/copy`;
    const { success } = await new Deno.Command("cp", { args: ["-R", cluster.home, copy] }).output();
    assert.ok(success);
    const [socket, lock] = ["socket/control.sock", "daemon.lock"].map((name) => `${copy}/${name}`);
    await Deno.remove(socket!);
    await Deno.remove(lock!);

    const there = { XCORE_HOME: copy };
    const statusThere = async () => {
      const { stdout } = await cluster.xcoreBeside(["status", "--json"], there).ended;
      return JSON.parse(stdout) as Status;
    };
    const idle = await statusThere();
    assertProblem(cluster, idle, "lease_held", "a copied home without a daemon");

    const second = cluster.xcoreBeside(["daemon", "run"], there);
    const seen = await until(
      "its daemon has asked for the lease",
      statusThere,
      (status) => has(status, "lease_held") && status.daemon.running,
    );
    assertProblem(cluster, seen, "lease_held", "a copied home with a daemon");

    await cluster.pythonOk("-c", SCRIPT);
    assert.equal(cluster.workerProcesses().length, 2);
    assert.ok(cluster.workerProcesses().every(({ commandLine }) => commandLine.includes(cluster.home)));

    assert.equal((await cluster.xcoreBeside(["daemon", "stop"], there).ended).code, 0);
    const { code, stderr } = await second.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual((await cluster.status()).problems, []);
  });
});
