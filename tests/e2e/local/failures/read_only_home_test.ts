import assert from "node:assert/strict";
import { type TestCluster, withHome } from "../harness.ts";
import { jobOf } from "../jobs.ts";
import { needing, programs } from "../../../support/needs.ts";
import { plainUser } from "./_plain_user.ts";
import { assertComplaint, assertProblem, has } from "./_words.ts";

const JOB = jobOf("echo done");

const prefix = await plainUser();

Deno.test(needing(
  prefix === null ? programs("setpriv") ?? "root may not give up its rights here: run as another user" : null,
  "a home that may not be written is said in every command, and a daemon goes on when it may",
  () =>
    withHome(async (cluster) => {
      await Deno.chmod(cluster.folder, 0o500);
      const init = await cluster.xcore("init", "local", "--python", Deno.env.get("XCORE_TEST_PYTHON")!);
      await Deno.chmod(cluster.folder, 0o700);
      assertComplaint(cluster, init, 1, "init where no home may be made");

      await cluster.setUp({ poll_interval_s: 0.2 });
      await setWritable(cluster, false);
      assertComplaint(cluster, await cluster.xcore("init", "local"), 4, "init in a read-only home");
      assertComplaint(cluster, await cluster.xcore("start"), 1, "start in a read-only home");
      assert.equal((await cluster.status()).cluster.state, "down");
      await setWritable(cluster, true);

      await cluster.ok("start");
      await cluster.ok("python");
      await setWritable(cluster, false);
      const script = await cluster.python("-c", JOB);
      const stuck = await cluster.until("it is said", (status) => has(status, "launch_failed"));
      assertProblem(cluster, stuck, "launch_failed", "a launch in a read-only home");
      assert.equal(stuck.cluster.state, "degraded");
      assert.deepEqual(cluster.workerProcesses(), []);
      const setting = await cluster.xcore("config", "set", "max_workers", "3");
      assertComplaint(cluster, setting, 1, "config set in a read-only home");
      const shutdown = await cluster.xcore("shutdown", "--yes");
      assertComplaint(cluster, shutdown, 1, "shutdown in a read-only home");

      await setWritable(cluster, true);
      const { code, stdout, stderr } = await script.ended;
      assert.deepEqual([code, stdout], [0, "done\n"], stderr);
      assert.deepEqual((await cluster.status()).problems, []);
    }, { prefix: prefix ?? [] }),
));

/** Everything but the daemon's socket, as on a disk that is mounted read-only. */
async function setWritable(cluster: TestCluster, writable: boolean): Promise<void> {
  const args = [cluster.home, "!", "-type", "s", "-exec", "chmod", writable ? "u+w" : "a-w", "{}", "+"];
  assert.ok((await new Deno.Command("find", { args }).output()).success);
}
