import assert from "node:assert/strict";
import type { PastEvent } from "../../../lib/cluster/past_events.ts";
import type { FunctionStatus } from "../../../lib/model/mod.ts";
import { signal } from "./_processes.ts";
import { type TestCluster, until, withCluster } from "./harness.ts";
import { jobsOf } from "./jobs.ts";

/** Says which process ran each task: a task's shell is a child of its worker. */
const MANY_TASKS = jobsOf(12, "sleep 1; echo {n} $PPID");

Deno.test("12 tasks at max_workers 3 run on 3 workers, and never on more", async () => {
  await withCluster({ max_workers: 3 }, async (cluster) => {
    const script = await cluster.python("-c", MANY_TASKS);
    const { ran, most } = await mostWorkersWhile(cluster, script.ended);

    assert.equal(ran.code, 0, ran.stderr);
    const lines = ran.stdout.trim().split("\n").map((line) => line.split(" "));
    assert.deepEqual(lines.map(([n]) => Number(n)), Array.from({ length: 12 }, (_, n) => n));
    assert.equal(most, 3);
    assert.ok(new Set(lines.map(([, pid]) => pid)).size > 1, "all tasks ran on one worker");
    const { decisions } = await cluster.until("no task is left", ({ demand }) => demand?.runnable === 0);
    const launched = decisions.filter(({ action }) => action === "launch");
    assert.equal(launched.reduce((sum, { count }) => sum + count, 0), 3);
    const { events } = JSON.parse(await cluster.ok("events", "--json"));
    const names = events.flatMap(({ what, names }: PastEvent) => what === "launch" ? names : []);
    assert.deepEqual(names.sort(), ["worker-0", "worker-1", "worker-2"]);
    assert.match(await cluster.ok("explain"), /^ {2}Pool default has .*; 0 wanted: no task can run now\.$/m);
  });
});

async function mostWorkersWhile<T>(
  cluster: TestCluster,
  ended: Promise<T>,
): Promise<{ ran: T; most: number }> {
  let ran: T | undefined;
  ended.then((result) => ran = result);
  let most = 0;
  await until(
    "the script has ended",
    () => {
      most = Math.max(most, cluster.workerProcesses().length);
      return Promise.resolve(ran);
    },
    (result) => result !== undefined,
  );
  return { ran: ran!, most };
}

const FAILING = `
from crossflow.clients import Client
from crossflow.tasks import CalledProcessError, SubprocessTask
from crosscore import cluster

failing = SubprocessTask("echo some output; echo some complaint >&2; exit 3")
failing.set_outputs(["STDOUT"])
good = SubprocessTask("echo $PPID")
good.set_outputs(["STDOUT"])
client = Client(address=cluster.get_url())
before = client.submit(good).result()
try:
    client.submit(failing).result()
except CalledProcessError as error:
    print(error.returncode, error.stdout.decode().strip(), error.stderr.decode().strip(), sep="|")
print("same worker" if client.submit(good).result() == before else "another worker")
`;

Deno.test("a task that fails gives its client the error, and its worker goes on", async () => {
  await withCluster({}, async (cluster) => {
    assert.equal(await cluster.pythonOk("-c", FAILING), "3|some output|some complaint\nsame worker\n");
    assert.deepEqual((await cluster.status()).problems, []);
  });
});

/** 8 tasks that run to their end, 3 that do not, and one that needs one of these; all results are dropped. */
const SOME_FAIL = `
from dask.distributed import Client, wait
from crosscore import cluster

def square(x):
    return x * x

def root(x):
    raise ValueError("no root of %d" % x)

def after(x):
    return x

client = Client(cluster.get_url())
client.gather(client.map(square, range(8)))
roots = client.map(root, [-1, -2, -3])
wait([*roots, client.submit(after, roots[0])])
del roots
`;

Deno.test("tasks that failed are counted apart and shown by function, after their results are gone, too", async () => {
  await withCluster({ max_workers: 2 }, async (cluster) => {
    await cluster.pythonOk("-c", SOME_FAIL);
    const { demand } = await cluster.until(
      "the client is gone, and its tasks",
      ({ demand }) => demand?.clients === 0 && demand.done === 8,
    );
    assert.deepEqual([demand!.failed, demand!.skipped, demand!.waiting], [3, 1, 0]);
    assert.match(await cluster.ok("status"), /8 done, 3 failed, 1 skipped, 0 running, 0 queued/);

    const { functions } = JSON.parse(await cluster.ok("tasks", "--failed", "--json"));
    assert.deepEqual(functions.map(({ name, failed }: FunctionStatus) => [name, failed]), [["root", 3]]);
    assert.match(functions[0].first_error, /^ValueError\('no root of -[123]'\)$/);
    assert.match(await cluster.ok("tasks"), /^square +8 .*$/m);
  });
});

const LEAVING = `
import os, sys
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

task = SubprocessTask("echo {n} >> " + os.environ["HOME"] + "/ran; sleep 1")
task.set_inputs(["n"])
task.set_outputs(["STDOUT"])
client = Client(address=cluster.get_url())
futures = [client.submit(task, n) for n in range(100)]
futures[0].result()
print("one is done", flush=True)
futures[-1].result()
`;

Deno.test("the tasks of a client that is gone are not run, and the workers leave", async () => {
  await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
    const script = await cluster.python("-c", LEAVING);
    await cluster.until(
      "a task is done, others wait",
      ({ workers, demand }) => (workers[0]?.completed ?? 0) > 0 && (demand?.runnable ?? 0) > 50,
    );
    const { functions: [task] } = JSON.parse(await cluster.ok("tasks", "--json"));
    const explained = await cluster.ok("explain", task.name);
    assert.match(explained, / waits for a slot: (\d+ tasks start before it|it is next)\.$/m);
    assert.match((await cluster.xcore("explain", "no-such-task")).stderr, /the scheduler has no such task/);
    signal(script.pid, "SIGKILL");
    await script.ended;

    const { decisions } = await cluster.until(
      "nothing is left",
      ({ workers, demand }) => workers.length === 0 && demand?.runnable === 0 && demand.clients === 0,
    );
    const actions = decisions.map(({ action }) => action).filter((action) => action !== "terminate");
    assert.deepEqual(actions, ["retire", "launch"]);
    const ran = (await Deno.readTextFile(`${cluster.home}/../ran`)).trim().split("\n");
    assert.ok(ran.length < 100, "every task ran");
  });
});
