import assert from "node:assert/strict";
import { join } from "node:path";
import { processTable } from "../../../lib/platform/local/process_table.ts";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import { localCluster, machine, until } from "./_local_cluster.ts";
import { ORDER } from "./_local_harness.ts";
import { claimOf, later } from "./_local_views.ts";
import { attemptOf, idsOf, namesOf } from "../provider/contract.ts";

Deno.test("boot_delay_s is the time for which a worker is pending", async () => {
  await using cluster = await localCluster({ bootDelayS: 50 });
  const { instances } = await cluster.provider.launch(attemptOf(ORDER, ["worker-0"]));
  assert.deepEqual(instances.map(({ state }) => state), ["pending"]);
  const [grown] = (await later(cluster, 51).list()).instances;
  assert.equal(grown?.state, "running");
  assert.ok(grown.ageS > 50);
});

Deno.test("a damaged process file is repaired from the process table, or set aside", async () => {
  await using cluster = await localCluster();
  const { provider, home } = cluster;
  const { instances: before } = await provider.launch(attemptOf({ ...ORDER, pool: "gpu" }, ["worker-0"]));
  const { path, claim } = await claimOf(cluster);
  const damages = [
    "",
    "{",
    "[]",
    "null",
    '{"pid": 1}',
    JSON.stringify({ ...claim, pid: "1" }),
    JSON.stringify({ ...claim, name: "worker-1" }),
    JSON.stringify({ ...claim, start_time: "soon" }),
    JSON.stringify({ ...claim, market: "black" }),
  ];
  for (const text of damages) {
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(join(home.run, "fedcba98.worker-3.json"), text);
    const { instances } = await provider.list();
    assert.deepEqual(idsOf(instances), idsOf(before), text);
    assert.equal(instances[0]?.pool, "gpu");
    assert.ok(!await machine.files.exists(join(home.run, "fedcba98.worker-3.json")), text);
  }
  await provider.terminate(idsOf(before));
  await until(async () => (await provider.list()).instances.length === 0);
});

Deno.test("workers of a cluster that was in this home before are left alone", async () => {
  await using cluster = await localCluster();
  const config = { ...cluster.config, clusterId: "xcore-ffffffff" };
  const before = localProvider({ ...cluster, config });
  const { instances } = await before.launch(attemptOf(ORDER, ["worker-0"]));
  assert.deepEqual((await cluster.provider.list()).instances, []);
  await cluster.provider.terminate(idsOf(instances));
  assert.deepEqual((await before.list()).instances.map(({ state }) => state), ["pending"]);
});

Deno.test("files that are no process files stay where they are", async () => {
  await using cluster = await localCluster();
  const { provider, home } = cluster;
  await machine.files.mkdir(join(home.run, "notes.d"));
  for (const file of ["README", "a.b.c.json", "notes.txt", "x.worker-0.json~"]) {
    await Deno.writeTextFile(join(home.run, file), "mine");
  }
  const before = await machine.files.list(home.run);
  assert.deepEqual((await provider.list()).instances, []);
  assert.deepEqual(await machine.files.list(home.run), before);
});

Deno.test("check() says what is wrong, each with its fix", async () => {
  await using cluster = await localCluster();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const config = { ...cluster.config, python: "/no/such/python", dashboardPort: port };
  const results = await Array.fromAsync(localProvider({ ...cluster, config }).check());
  const failed = results.filter(({ outcome }) => outcome === "failed");
  assert.ok(
    failed.some(({ message, fix }) =>
      message.includes(`${port} `) && fix?.includes("xcore start --new-ports")
    ),
  );
  assert.deepEqual(failed.map(({ name }) => name).sort(), ["Ports", "Python environment"]);
  assert.ok(failed.every(({ fix }) => fix !== null));
});

Deno.test("list() goes on in a home that cannot be written", async () => {
  await using cluster = await localCluster();
  const { provider, runtime, home, config } = cluster;
  const { instances } = await provider.launch(attemptOf(ORDER, ["worker-0", "worker-1"]));
  machine.kill(Number(instances[0]!.id.split("-")[0]), "SIGKILL");
  const deny = () => Promise.reject(new Deno.errors.PermissionDenied("read-only"));
  const files = {
    ...runtime.files,
    writeText: deny,
    mkdir: deny,
    rename: deny,
    remove: deny,
    removeTree: deny,
    create: deny,
  };
  const blind = localProvider({ runtime: { ...runtime, files }, home, config });
  await until(async () => (await blind.list()).instances.length === 1);
  assert.deepEqual(namesOf((await blind.list()).instances), ["worker-1"]);
});

Deno.test("the process table knows this process", async () => {
  const table = processTable(machine);
  const self = (await table.identify([Deno.pid])).get(Deno.pid);
  assert.equal(self?.zombie, false);
  assert.ok(self.ageS >= 0);
  assert.ok(
    (await table.living()).some(({ pid, startTime }) => pid === Deno.pid && startTime === self.startTime),
  );
});
