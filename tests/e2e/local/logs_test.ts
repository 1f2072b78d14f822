import assert from "node:assert/strict";
import { follow } from "./following.ts";
import { until, withCluster } from "./harness.ts";

const SCRIPT = `
import pathlib, sys, time
from distributed import Client
from crosscore import cluster
client = Client(cluster.get_url())
def speak(go_on):
    print("the first word", flush=True)
    while not pathlib.Path(go_on).exists():
        time.sleep(0.1)
    print("the last word, mit \u00dcmlaut", flush=True)
client.submit(speak, sys.argv[1]).result()
`;

Deno.test("xcore logs shows what a worker, the scheduler and the daemon print, and follows it", async () => {
  await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
    const goOn = `${cluster.folder}/go-on`;
    const script = await cluster.python(await cluster.write("speak.py", SCRIPT), goOn);
    const logs = (...args: string[]) => cluster.xcore("logs", ...args);
    await until(
      "the task speaks",
      () => logs("worker-0"),
      ({ stdout }) => /^the first word$/m.test(stdout),
    );
    assert.match(await cluster.ok("logs", "scheduler"), /Scheduler at: +tls:\/\/127\.0\.0\.1/);
    assert.match(await cluster.ok("logs", "daemon", "-n", "1000"), /launch/);
    const { name, text } = JSON.parse(await cluster.ok("--json", "logs", "worker-0", "-n", "1"));
    assert.deepEqual([name, text.trimEnd().split("\n").length], ["worker-0", 1]);

    const following = follow(cluster, "worker-0");
    await following.shows("the first word\n");
    await Deno.writeTextFile(goOn, "");
    await following.shows("the last word, mit Ümlaut\n");
    assert.equal((await following.end()).split("the last word").length, 2, "it is there once");
    assert.equal((await script.ended).code, 0);

    await cluster.until("the worker has left", ({ workers }) => workers.length === 0);
    assert.match(await cluster.ok("logs", "worker-0"), /the last word, mit Ümlaut\n/);

    assert.match(await cluster.ok("logs", "worker-0", "--previous"), /the last word, mit Ümlaut\n/);

    const unknown = await logs("worker-7");
    assert.equal(unknown.code, 1);
    assert.deepEqual(unknown.stderr.trimEnd().split("\n"), [
      "Cannot show the log of worker-7: there is no worker-7",
      "There are: scheduler, daemon.",
    ]);
    const shell = await cluster.xcore("ssh", "scheduler");
    assert.equal(shell.code, 2);
    assert.match(shell.stderr, /`xcore logs scheduler`/);
  });
});
