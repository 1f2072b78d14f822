import assert from "node:assert/strict";
import { signal } from "./_processes.ts";
import { type Running, type TestCluster, until, withHome } from "./harness.ts";

/** Uses a module beside it, a plain Client and the package; ends with the exit code that it is given. */
const JOB = `
import sys
from distributed import Client
from beside import double
from crosscore import cluster

client = Client()
assert client.scheduler.address == cluster.get_url()
print(sys.argv[1:], sum(client.gather(client.map(double, range(10)))), flush=True)
sys.exit(int(sys.argv[-1]))
`;

/** Connects, and waits for a file. */
const CLIENT = `
import os, sys, time
from distributed import Client

client = Client()
print("connected", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.1)
`;

/** Tells its process id, and takes no notice of Ctrl-C. */
const STUBBORN = `
import os, time
print(os.getpid(), flush=True)
while True:
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        print("no", flush=True)
`;

async function withScripts(body: (cluster: TestCluster, script: string) => Promise<void>): Promise<void> {
  await withHome(async (cluster) => {
    await cluster.write("beside.py", "def double(n):\n    return 2 * n\n");
    await cluster.setUp({ max_workers: 2 });
    await body(cluster, await cluster.write("job.py", JOB));
  });
}

Deno.test("xcore run starts a cluster, runs a script on it with its own options, and takes it down again", () =>
  withScripts(async (cluster, script) => {
    const args = ["--shutdown", "--workers", "3", script, "--shutdown", "-c", "x", "--json", "3"];
    const { code, stdout, stderr } = await cluster.xcore("run", ...args);
    assert.equal(code, 3, stderr);
    assert.equal(stdout, "['--shutdown', '-c', 'x', '--json', '3'] 90\n");
    assert.match(stderr, /^No more than 2 workers will start: max_workers is 2\.$/m);
    assert.match(stderr, /^Nothing is left\.$/m);
    assert.doesNotMatch(stderr, /preload/);
    assert.equal((await cluster.status()).cluster.state, "down");
  }));

Deno.test("xcore run leaves a cluster alone that it did not start, or that another client uses", () =>
  withScripts(async (cluster, script) => {
    const client = await cluster.write("client.py", CLIENT);
    const first = cluster.xcoreBeside(["run", "--shutdown", client, `${cluster.folder}/first`]);
    const connected = ({ printed }: Running) =>
      until("the client", () => Promise.resolve(printed()), (text) => text === "connected\n");
    await connected(first);

    const late = await cluster.xcore("run", "--shutdown", script, "0");
    assert.equal(late.code, 0, late.stderr);
    assert.match(late.stderr, /^The cluster stays: it was running before the script\.$/m);

    const other = cluster.xcoreBeside(["run", client, `${cluster.folder}/never`]);
    await connected(other);
    await cluster.write("first", "");
    const { code, stderr } = await first.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^The cluster stays: 1 client is connected\.$/m);
    signal(other.pid, "SIGTERM");
    assert.equal((await other.ended).code, 143);
    assert.equal((await cluster.status()).cluster.state, "running");
  }));

Deno.test("Ctrl-C is the script's, the second one ends it, and the cluster goes on", () =>
  withScripts(async (cluster) => {
    const running = cluster.xcoreBeside(["run", await cluster.write("stubborn.py", STUBBORN)]);
    const printed = (pattern: RegExp) =>
      until("the script", () => Promise.resolve(running.printed()), (text) => pattern.test(text));
    const pid = Number(await printed(/^\d+\n$/));
    // A terminal tells both.
    for (const each of [pid, running.pid]) signal(each, "SIGINT");
    await printed(/no\n$/);
    signal(running.pid, "SIGINT");
    assert.equal((await running.ended).code, 137);
    assert.equal((await cluster.status()).cluster.state, "running");
  }));
