import assert from "node:assert/strict";
import { join } from "node:path";
import { PrerequisiteError, UsageError, XcoreError } from "../../lib/errors.ts";
import { processTable } from "../../lib/provider/local/_processes.ts";
import { localProvider } from "../../lib/provider/local/local.ts";
import type { Runtime } from "../../lib/runtime.ts";
import { testPython } from "../python_env/_python.ts";
import { type LocalCluster, localCluster, machine, processOf, until } from "./_local_cluster.ts";
import { ORDER } from "./_local_harness.ts";
import { attemptOf, idsOf, namesOf } from "./contract.ts";

/** The file in which the only worker of a cluster says who it is. */
async function claimOf({ home }: LocalCluster): Promise<{ path: string; claim: Record<string, unknown> }> {
  const [file] = (await machine.files.list(home.run)).filter((name) =>
    /^[^.]+\.worker-\d+\.json$/.test(name)
  );
  const path = join(home.run, file!);
  return { path, claim: JSON.parse(await Deno.readTextFile(path)) };
}

async function isRunning(pid: number): Promise<boolean> {
  const process = await processOf(pid);
  return process !== undefined && !process.zombie;
}

/** The cluster as seen this many seconds later. */
function later({ runtime, home, config }: LocalCluster, seconds: number) {
  const files: Runtime["files"] = {
    ...runtime.files,
    async readText(path) {
      const text = await runtime.files.readText(path);
      return path === "/proc/uptime" ? `${Number.parseFloat(text) + seconds} 0` : text;
    },
  };
  return localProvider({ runtime: { ...runtime, files }, home, config });
}

Deno.test("a process that has got a dead worker's number is not taken for it", async () => {
  await using cluster = await localCluster();
  const { provider } = cluster;
  const { instances: [worker] } = await provider.launch(attemptOf(ORDER, ["worker-0"]));
  const { path, claim } = await claimOf(cluster);
  machine.kill(claim["pid"] as number, "SIGKILL");
  const pid = cluster.spawn(["sleep", "1000"]);
  const { startTime } = (await processOf(pid))!;

  // The same number and another start; and the same start even, as after a reboot.
  for (const start_time of [claim["start_time"], startTime]) {
    await Deno.writeTextFile(path, JSON.stringify({ ...claim, pid, start_time }));
    await provider.terminate([`${pid}-${start_time}`, worker!.id]);
    await until(async () => (await provider.list()).instances.length === 0);
    assert.ok(await isRunning(pid));
  }
});

Deno.test("a session that has got a dead worker's number is not ended for it", async () => {
  await using cluster = await localCluster();
  const { provider } = cluster;
  await provider.launch(attemptOf(ORDER, ["worker-0"]));
  const { path, claim } = await claimOf(cluster);
  machine.kill(claim["pid"] as number, "SIGKILL");
  const pid = cluster.spawn(["sh", "-c", "sleep 1000 & echo $!"]);
  await until(async () => !await isRunning(pid), "the session's leader to end");
  const child = Number((await Deno.readTextFile(join(cluster.folder, "spawned.log"))).trim());

  await Deno.writeTextFile(path, JSON.stringify({ ...claim, pid, start_time: "1" }));
  await provider.terminate([`${pid}-1`]);
  assert.deepEqual((await provider.list()).instances, []);
  assert.ok(await isRunning(child));
});

Deno.test("what a worker left behind is still stopping, and is ended at once", async () => {
  await using cluster = await localCluster();
  const { runtime, home, config, folder } = cluster;
  // A worker with a child program, as a task would start it; the child does not heed SIGTERM.
  const python = join(folder, "python");
  const child = `sh -c "trap '' TERM; echo \\$\\$ > '${folder}/child'; exec sleep 1000" &`;
  await Deno.writeTextFile(python, `#!/bin/sh\n${child}\nexec '${testPython()}' "$@"\n`, { mode: 0o700 });
  const provider = localProvider({ runtime, home, config: { ...config, python } });

  const { instances: [worker] } = await provider.launch(attemptOf(ORDER, ["worker-0"]));
  await until(async () => (await runtime.files.readTextIfExists(join(folder, "child")) ?? "") !== "");
  const pid = Number(await Deno.readTextFile(join(folder, "child")));
  machine.kill(Number(worker!.id.split("-")[0]), "SIGKILL");

  await until(async () => (await provider.list()).instances[0]?.state === "stopping");
  assert.ok(await isRunning(pid));
  assert.deepEqual(idsOf((await provider.list()).instances), [worker!.id]);
  await provider.terminate([worker!.id]);
  await until(async () => (await provider.list()).instances.length === 0);
  assert.ok(!await isRunning(pid));
});

Deno.test("terminate() asks first, and kills what has not ended 5 s later", async () => {
  await using cluster = await localCluster();
  const { runtime, home, config, folder } = cluster;
  const python = join(folder, "python");
  await Deno.writeTextFile(python, `#!/bin/sh\ntrap '' TERM\nexec '${testPython()}' "$@"\n`, { mode: 0o700 });
  const provider = localProvider({ runtime, home, config: { ...config, python } });
  const { instances } = await provider.launch(attemptOf(ORDER, ["worker-0"]));
  const ids = idsOf(instances);

  await provider.terminate(ids);
  await later(cluster, 4).terminate(ids);
  assert.deepEqual((await provider.list()).instances.map(({ state }) => state), ["stopping"]);
  await later(cluster, 6).terminate(ids);
  await until(async () => (await provider.list()).instances.length === 0);
});

Deno.test("boot_delay_s is the time for which a worker is pending", async () => {
  await using cluster = await localCluster({ bootDelayS: 50 });
  const { instances } = await cluster.provider.launch(attemptOf(ORDER, ["worker-0"]));
  assert.deepEqual(instances.map(({ state }) => state), ["pending"]);
  const [grown] = (await later(cluster, 51).list()).instances;
  assert.equal(grown?.state, "running");
  assert.ok(grown.ageS > 50);
});

Deno.test("launch() that is killed at any point and made again makes each worker once", async () => {
  await using cluster = await localCluster();
  const { runtime, home, config, provider } = cluster;
  const changing = ["writeText", "create", "mkdir", "remove", "rename"] as const;
  let interrupted = 0;
  for (let steps = 0, whole = false; !whole; steps++) {
    const fuse = { left: steps };
    const burn = () => {
      if (fuse.left-- <= 0) throw new Error("killed");
    };
    const files = { ...runtime.files };
    for (const name of changing) {
      Object.assign(files, {
        [name]: (...args: unknown[]) => {
          burn();
          return (runtime.files[name] as (...args: unknown[]) => unknown)(...args);
        },
      });
    }
    const mortal: Runtime = {
      ...runtime,
      files,
      spawnDetached(...args) {
        burn();
        return runtime.spawnDetached(...args);
      },
    };
    const attempt = attemptOf(ORDER, ["worker-0", "worker-1"]);
    whole = await localProvider({ runtime: mortal, home, config }).launch(attempt).then(
      () => true,
      (error) => {
        assert.match(String(error), /killed/);
        interrupted++;
        return false;
      },
    );
    const { instances } = await provider.launch(attempt);
    assert.deepEqual(namesOf(instances), ["worker-0", "worker-1"], `interrupted at step ${steps}`);
    await until(async () =>
      (await cluster.processes()).filter(({ commandLine }) => commandLine.endsWith(attempt.id)).length === 2
    );
    assert.deepEqual(idsOf((await provider.list()).instances), idsOf(instances));
    await provider.terminate(idsOf(instances));
    await until(async () => (await provider.list()).instances.length === 0);
    await machine.files.remove(home.run);
  }
  assert.ok(interrupted > 10, `only ${interrupted} steps were interrupted`);
});

Deno.test("launch() by several programs at the same time makes each worker once", async () => {
  await using cluster = await localCluster();
  const attempt = attemptOf(ORDER, ["worker-0", "worker-1", "worker-2"]);
  const program = new URL("./_launch_once.ts", import.meta.url).pathname;
  const { home, config } = cluster;
  const runs = [1, 2, 3].map(() =>
    machine.run([
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      program,
      JSON.stringify({ home, config, attempt }),
    ])
  );
  const answers = (await Promise.all(runs)).map(({ stdout, stderr }) => {
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  });
  const ids = idsOf((await cluster.provider.list()).instances);
  assert.equal(ids.length, 3);
  assert.deepEqual(answers, [ids, ids, ids]);
  await until(async () => (await cluster.processes()).length === 3, "the late ones to end");
});

Deno.test("a process that was slow to start does not come to life after its end", async () => {
  await using cluster = await localCluster();
  const { provider, home, config } = cluster;
  const attempt = attemptOf(ORDER, ["worker-0", "worker-1"]);
  const { instances } = await provider.launch(attempt);
  const gone = instances.filter(({ name }) => name === "worker-0");
  await provider.terminate(idsOf(gone));
  await until(async () => (await provider.list()).instances.length === 1);
  const late = cluster.spawn([
    config.python!,
    join(home.run, "worker.py"),
    config.clusterId,
    "worker-0",
    attempt.id,
  ]);
  await until(async () => !await isRunning(late), "the late process to end");
  const said = await Deno.readTextFile(join(cluster.folder, "spawned.log"));
  assert.match(said, /worker-0 of attempt \w+ is not wanted/);
  assert.deepEqual(namesOf((await provider.list()).instances), ["worker-1"]);
});

Deno.test("a claim that is damaged is mended from the process table, or set aside", async () => {
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

Deno.test("files that are no claims are left where they are", async () => {
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

Deno.test("a worker whose home was removed ends by itself", async () => {
  await using cluster = await localCluster();
  await cluster.provider.launch(attemptOf(ORDER, ["worker-0"]));
  await Deno.remove(cluster.home.dir, { recursive: true });
  await until(async () => (await cluster.processes()).length === 0, "the worker to end");
});

Deno.test("launch() says what an interpreter that ends at once has printed", async () => {
  await using cluster = await localCluster();
  const python = join(cluster.folder, "python");
  await Deno.writeTextFile(python, "#!/bin/sh\necho hello\necho 'No such module: encodings' >&2\nexit 1\n", {
    mode: 0o700,
  });
  const provider = localProvider({ ...cluster, config: { ...cluster.config, python } });
  const attempt = attemptOf(ORDER, ["worker-0"]);
  await assert.rejects(provider.launch(attempt), (error) => {
    assert.ok(error instanceof XcoreError);
    assert.match(error.message, /^Cannot launch worker-0: .*\(No such module: encodings\)$/);
    assert.match(error.hint, /xcore config set python/);
    return true;
  });
  assert.equal(await provider.bootLog("worker-0", attempt.id), "hello\nNo such module: encodings");
  assert.equal(await provider.bootLog("worker-0", null), "hello\nNo such module: encodings");
});

Deno.test("launch() without a Python says what to set", async () => {
  await using cluster = await localCluster();
  for (const python of [null, "/no/such/python", cluster.folder]) {
    const provider = localProvider({ ...cluster, config: { ...cluster.config, python } });
    await assert.rejects(provider.launch(attemptOf(ORDER, ["worker-0"])), PrerequisiteError);
  }
});

Deno.test("launch() refuses names that are no file names", async () => {
  await using cluster = await localCluster();
  for (const name of ["../worker", "a.b", "", "a/b", "a\nb"]) {
    await assert.rejects(cluster.provider.launch(attemptOf(ORDER, [name])), UsageError);
  }
});

Deno.test("the logs of the last 20 workers are kept", async () => {
  await using cluster = await localCluster();
  const { provider, home } = cluster;
  await machine.files.mkdir(home.logs);
  for (let day = 10; day < 40; day++) {
    await Deno.writeTextFile(join(home.logs, `worker-0.202001${day}T000000Z.a${day}.log`), "old");
  }
  for (const other of ["daemon.log", "scheduler.20200101T000000Z.ab.log"]) {
    await Deno.writeTextFile(join(home.logs, other), "other");
  }
  await provider.launch(attemptOf(ORDER, ["worker-1"]));
  const logs = await machine.files.list(home.logs);
  assert.equal(logs.filter((name) => name.startsWith("worker-0")).length, 20);
  assert.ok(logs.includes("worker-0.20200139T000000Z.a39.log"));
  assert.equal(logs.filter((name) => /^(daemon|scheduler|worker-1)/.test(name)).length, 3);
});

Deno.test("check() says what is wrong, each with its fix", async () => {
  await using cluster = await localCluster();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const config = { ...cluster.config, python: "/no/such/python", dashboardPort: port };
  const results = await Array.fromAsync(localProvider({ ...cluster, config }).check());
  const failed = results.filter(({ outcome }) => outcome === "failed");
  assert.ok(
    failed.some(({ message, fix }) => message.includes(`${port} `) && fix?.includes("dashboard_port")),
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
  const files = { ...runtime.files, writeText: deny, mkdir: deny, rename: deny, remove: deny, create: deny };
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
