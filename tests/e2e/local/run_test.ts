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

/** Tells its process id, and waits for results that never come. */
const WAITING = `
import os, time
from distributed import Client

client = Client()
futures = client.map(time.sleep, [3600, 3601])
print(os.getpid(), flush=True)
client.gather(futures)
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

/** The cluster goes on: what is said then, and that it is so. */
async function assertGoesOn(cluster: TestCluster, stderr: string): Promise<void> {
  const said =
    /^Interrupted\. The cluster goes on \(\d workers?\): `xcore status` shows it, `xcore shutdown` removes it\.$/;
  assert.match(stderr.trimEnd().split("\n").at(-1)!, said);
  assert.equal((await cluster.status()).cluster.state, "running");
}

Deno.test("Ctrl-C is the script's, the second one ends it, and the cluster goes on", () =>
  withScripts(async (cluster) => {
    const run = async (name: string, text: string) => {
      const running = cluster.xcoreBeside(["run", await cluster.write(name, text)]);
      const printed = (pattern: RegExp) =>
        until("the script", () => Promise.resolve(running.printed()), (printed) => pattern.test(printed));
      const pid = Number(await printed(/^\d+\n$/));
      // A terminal tells both.
      for (const each of [pid, running.pid]) signal(each, "SIGINT");
      return { running, printed };
    };
    const stubborn = await run("stubborn.py", STUBBORN);
    await stubborn.printed(/no\n$/);
    signal(stubborn.running.pid, "SIGINT");
    const killed = await stubborn.running.ended;
    assert.equal(killed.code, 137);
    await assertGoesOn(cluster, killed.stderr);

    const { code, stderr } = await (await run("waiting.py", WAITING)).running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /^Traceback \(most recent call last\):\n {2}File ".*waiting\.py"/m);
    assert.match(stderr, /^KeyboardInterrupt$/m);
    assert.doesNotMatch(stderr, /never retrieved|AllExit/);
    await assertGoesOn(cluster, stderr);
  }));
