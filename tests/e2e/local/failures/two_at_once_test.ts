import assert from "node:assert/strict";
import { type TestCluster, until, withCluster, withHome } from "../harness.ts";
import { daemonsOf, schedulersOf } from "./_parts.ts";
import { assertComplaint } from "./_words.ts";

Deno.test("two starts at once make one cluster: one says it runs, the other that it did already", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    const both = await Promise.all([cluster.xcore("start"), cluster.xcore("start")]);
    for (const { code, stderr } of both) assert.equal(code, 0, stderr);
    const url = (await cluster.ok("url")).trim();
    assert.deepEqual(both.map(({ stdout }) => stdout.split("\n")[0]).sort(), [
      `The cluster is already running: ${url}. Nothing was changed.`,
      `The cluster is running: ${url}`,
    ]);
    assert.equal(
      both.filter(({ stderr }) => stderr.includes("Waiting for another `xcore start` of this cluster"))
        .length,
      1,
    );
    assert.equal(schedulersOf(cluster).length, 1);
    assert.equal(daemonsOf(cluster).length, 1);
  });
});

Deno.test("a start beside a shutdown waits for its end, and the cluster runs", async () => {
  await withCluster({}, async (cluster) => {
    const shutdown = cluster.xcoreBeside(["shutdown"]);
    await until("it is at work", () => lastVerb(cluster), (verb) => verb === "shutdown");
    const started = await cluster.xcore("start");
    assert.equal((await shutdown.ended).code, 0);
    assert.equal(started.code, 0, started.stderr);
    const { cluster: { state }, daemon } = await cluster.status();
    assert.deepEqual([state, daemon.running], ["running", true]);
  });
});

Deno.test("a second daemon is refused, and of three started at once one runs", async () => {
  await withCluster({}, async (cluster) => {
    const [daemon] = daemonsOf(cluster);
    assertComplaint(cluster, await cluster.xcore("daemon", "run"), 1, "daemon run beside a daemon");
    assert.equal(
      await cluster.ok("daemon", "start"),
      `The daemon is already running (process ${daemon!.pid}).\n`,
    );

    await cluster.ok("daemon", "stop");
    const three = await Promise.all([1, 2, 3].map(() => cluster.xcore("daemon", "start")));
    for (const { code, stderr } of three) assert.equal(code, 0, stderr);
    assert.equal(three.filter(({ stdout }) => stdout.startsWith("Started the daemon")).length, 1);
    assert.equal(new Set(three.map(({ stdout }) => /process (\d+)/.exec(stdout)?.[1])).size, 1);
    await cluster.until("the others are gone", () => daemonsOf(cluster).length === 1);
    assert.equal((await cluster.status()).cluster.state, "running");
  });
});

Deno.test("two clusters of one home that are set up at once are given ports of their own, and a third later", async () => {
  await withHome(async (cluster) => {
    const init = (name: string) =>
      cluster.xcore("-c", name, "init", "local", "--python", Deno.env.get("XCORE_TEST_PYTHON")!);
    for (const { code, stderr } of await Promise.all([init("one"), init("two")])) {
      assert.equal(code, 0, stderr);
    }
    assert.equal((await init("three")).code, 0);
    const ports: string[] = [];
    for (const name of ["one", "two", "three"]) {
      for (const key of ["scheduler_port", "dashboard_port"]) {
        ports.push((await cluster.ok("-c", name, "config", "get", key)).trim());
      }
    }
    assert.equal(new Set(ports).size, 6, ports.join());
  });
});

/** The verb that had the cluster to itself last: nobody writes there that it has come to its end. */
async function lastVerb(cluster: TestCluster): Promise<string> {
  return await Deno.readTextFile(`${cluster.home}/verb.lock`);
}
