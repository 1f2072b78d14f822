/** A daemon that dies in the middle of a launch: whatever it had done, the next one ends up with exactly the workers wanted. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { signal } from "./_processes.ts";
import { daemonsOf } from "./failures/_parts.ts";
import { type Running, type TestCluster, until, withCluster } from "./harness.ts";

const WORKERS = 2;
const TASKS = 4;

/** All tasks in one message: a daemon sees none of them or all, and launches for them once. */
const SCRIPT = `
import os, time
from dask.distributed import Client
from crosscore import cluster

client = Client(cluster.get_url())
for n, pid in client.gather(client.map(lambda n: time.sleep(2) or (n, os.getsid(0)), range(${TASKS}))):
    print(n, pid)
`;

/** Every result came, from no more than the workers wanted, and no more than these run. */
async function assertAllRan(cluster: TestCluster, script: Running): Promise<string[]> {
  const { code, stdout, stderr } = await script.ended;
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n").map((line) => line.split(" "));
  assert.deepEqual(lines.map(([n]) => Number(n)), Array.from({ length: TASKS }, (_, n) => n));
  const running = cluster.workerProcesses().map(({ pid }) => String(pid));
  assert.equal(running.length, WORKERS);
  const { workers } = await cluster.status();
  assert.deepEqual(workers.map(({ name }) => name).sort(), ["worker-0", "worker-1"]);
  assert.ok(lines.every(([, pid]) => running.includes(pid!)), "a task ran on a worker that is no more");
  return running;
}

/** Launch calls in the history with nothing written down of what came of them. */
function openAttempts(cluster: TestCluster): number {
  using history = new DatabaseSync(`${cluster.home}/history.db`, { readOnly: true });
  return Number(history.prepare("SELECT count(*) AS n FROM attempts WHERE result IS NULL").get()?.n);
}

/** A stand-in for Python that holds workers back, before they are anything, for as long as it is closed. */
class Gate {
  private constructor(readonly folder: string) {}

  static async closedFor(cluster: TestCluster): Promise<Gate> {
    const gate = new Gate(`${cluster.home}/gate`);
    await Deno.mkdir(gate.folder);
    await Deno.writeTextFile(`${gate.folder}/closed`, "");
    await Deno.writeTextFile(`${gate.folder}/arrived`, "");
    const real = Deno.env.get("XCORE_TEST_PYTHON");
    await Deno.writeTextFile(
      `${gate.folder}/python`,
      `#!/bin/sh
case "$1" in */worker.py)
  echo $$ >> '${gate.folder}/arrived'
  while [ -e '${gate.folder}/closed' ]; do sleep 0.1; done
esac
exec '${real}' "$@"
`,
      { mode: 0o755 },
    );
    await cluster.ok("config", "set", "python", `${gate.folder}/python`);
    await cluster.ok("restart", "--yes"); // a running cluster goes on with the Python it was started with
    return gate;
  }

  /** Ids of the processes that have come here, once there are so many. */
  async arrived(count: number): Promise<number[]> {
    const text = await until(
      `${count} workers were started`,
      () => Deno.readTextFile(`${this.folder}/arrived`),
      (text) => text.split("\n").length > count,
    );
    return text.trim().split("\n").map(Number);
  }

  async open(): Promise<void> {
    await Deno.remove(`${this.folder}/closed`);
  }
}

Deno.test("a daemon killed before a launch is written down: the next one launches", async () => {
  await withCluster({ max_workers: WORKERS }, async (cluster) => {
    const daemon = await cluster.daemonPid();
    const history = new DatabaseSync(`${cluster.home}/history.db`);
    history.exec("BEGIN IMMEDIATE"); // the daemon can decide, and cannot write
    let script: Running;
    try {
      script = await cluster.python("-c", SCRIPT);
      await until(
        "it decides to launch",
        () => cluster.daemonLog(),
        (log) => / launch worker-0/.test(log),
      );
      signal(daemon, "SIGKILL");
      await until("it is gone", () => Promise.resolve(daemonsOf(cluster)), ({ length }) => length === 0);
    } finally {
      history.close();
    }
    assert.equal(openAttempts(cluster), 0);
    assert.deepEqual(cluster.workerProcesses(), []);

    await cluster.ok("daemon", "start");
    await assertAllRan(cluster, script);
  });
});

Deno.test("a daemon killed after a launch is written down and before it is made: the next one makes it", async () => {
  await withCluster({ max_workers: WORKERS }, async (cluster) => {
    const gate = await Gate.closedFor(cluster);
    const daemon = await cluster.daemonPid();
    const script = await cluster.python("-c", SCRIPT);
    const started = await gate.arrived(WORKERS);
    signal(daemon, "SIGKILL");
    for (const pid of started) signal(pid, "SIGKILL"); // as if it had never come to start them
    assert.equal(openAttempts(cluster), 1);
    await until(
      "none is left",
      () => Promise.resolve(cluster.workerProcesses()),
      ({ length }) => length === 0,
    );

    await gate.open();
    await cluster.ok("daemon", "start");
    await assertAllRan(cluster, script);
    assert.equal(openAttempts(cluster), 0);
  });
});

Deno.test("a daemon killed while its workers are slow to start: the next one does not double them", async () => {
  await withCluster({ max_workers: WORKERS }, async (cluster) => {
    const gate = await Gate.closedFor(cluster);
    const daemon = await cluster.daemonPid();
    const script = await cluster.python("-c", SCRIPT);
    await gate.arrived(WORKERS);
    signal(daemon, "SIGKILL");
    await cluster.ok("daemon", "start");
    await until(
      "it makes the launch again",
      () => cluster.daemonLog(),
      (log) => / launch .* again/.test(log),
    );

    await gate.open();
    await assertAllRan(cluster, script);
    assert.equal(openAttempts(cluster), 0);
  });
});

Deno.test("a daemon killed after its workers have started, before that is written down: the next one keeps them", async () => {
  await withCluster({ max_workers: WORKERS }, async (cluster) => {
    const gate = await Gate.closedFor(cluster);
    const daemon = await cluster.daemonPid(); // now: it does not wait for its workers for ever
    const script = await cluster.python("-c", SCRIPT);
    const started = await gate.arrived(WORKERS);
    signal(daemon, "SIGSTOP");
    await gate.open();
    await until(
      "the workers have said who they are",
      () => claims(cluster),
      ({ length }) => length === WORKERS,
    );
    assert.equal(openAttempts(cluster), 1);
    signal(daemon, "SIGKILL");

    await cluster.ok("daemon", "start");
    assert.deepEqual((await assertAllRan(cluster, script)).sort(), started.map(String).sort());
    assert.equal(openAttempts(cluster), 0);
  });
});

async function claims(cluster: TestCluster): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${cluster.home}/run`), ({ name }) => name);
  return names.filter((name) => /\.worker-\d+\.json$/.test(name));
}
