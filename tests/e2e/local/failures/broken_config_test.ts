import assert from "node:assert/strict";
import { withCluster } from "../harness.ts";
import { assertComplaint, assertProblem, has } from "./_words.ts";

/** Connects, and has two tasks when a file says so: each waits until the other runs, too. */
const TWO_TASKS = `
import os, time
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

task = SubprocessTask(
    "touch $HOME/runs-{n}; until [ -e $HOME/runs-0 ] && [ -e $HOME/runs-1 ]; do sleep 0.1; done; echo {n} $PPID"
)
task.set_inputs(["n"])
task.set_outputs(["STDOUT"])
client = Client(address=cluster.get_url())
while not os.path.exists("go"):
    time.sleep(0.1)
for future in [client.submit(task, n) for n in range(2)]:
    print(future.result().strip())
`;

Deno.test("a daemon whose config is broken goes on with the last good one and reports a problem until it is repaired", async () => {
  const settings = { max_workers: 2, max_idle_time_s: 1, poll_interval_s: 0.2 };
  await withCluster(settings, async (cluster) => {
    const path = (await cluster.ok("config", "path")).trim();
    const good = await Deno.readTextFile(path);
    const script = await cluster.python("-c", TWO_TASKS);
    await cluster.until("its client is connected", ({ demand }) => demand?.clients === 1);
    const broken = good.replace(/^max_workers: 2$/m, "max_workers: many");
    assert.notEqual(broken, good);

    const told: string[] = [];
    const line = broken.split("\n").indexOf("max_workers: many") + 1;
    for (
      const [what, text] of [
        ["a config with a value that is not allowed", broken],
        ["a config that is no YAML", "{["],
        ["a config that is gone", null],
      ] as const
    ) {
      if (text === null) await Deno.remove(path);
      else await Deno.writeTextFile(path, text);
      const status = await cluster.until(
        "it is said",
        ({ problems }) =>
          problems.some(({ code, message }) => code === "config_broken" && !told.includes(message)),
      );
      assertProblem(cluster, status, "config_broken", what, text === broken ? { line } : {});
      told.push(...status.problems.map(({ message }) => message));
      assert.equal(status.cluster.state, "degraded");
    }
    const log = await cluster.daemonLog();
    for (const message of told) assert.ok(log.includes(` WARN ${message}\n`), `not in the log: ${message}`);

    // Two workers at once, which leave soon: the last valid config's.
    await cluster.write("go", "");
    const { code, stdout, stderr } = await script.ended;
    assert.equal(code, 0, stderr);
    assert.equal(new Set(stdout.trim().split("\n").map((line) => line.split(" ")[1])).size, 2);
    await cluster.until("they leave", ({ workers }) => workers.length === 0);

    await Deno.writeTextFile(path, broken);
    const elsewhere = await cluster.xcore("config", "set", "max_idle_time_s", "2");
    assertComplaint(cluster, elsewhere, 1, "a setting beside a value that is not allowed", { line });
    assert.equal(await Deno.readTextFile(path), broken, "a broken file lost its content");
    await cluster.ok("config", "set", "max_workers", "2");
    assert.equal(await Deno.readTextFile(path), good);
    const repaired = await cluster.until("nothing is to be said", (status) => !has(status, "config_broken"));
    assert.deepEqual([repaired.cluster.state, repaired.problems], ["running", []]);
  });
});
