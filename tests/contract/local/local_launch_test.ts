import assert from "node:assert/strict";
import { join } from "node:path";
import { PrerequisiteError, UsageError, XcoreError } from "../../../lib/errors.ts";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { localCluster, machine, until } from "./_local_cluster.ts";
import { ORDER } from "./_local_harness.ts";
import { isRunning } from "./_local_views.ts";
import { attemptOf, idsOf, namesOf } from "../provider/contract.ts";

Deno.test("launch() that is killed at any point and made again makes each worker once", async () => {
  await using cluster = await localCluster();
  const { runtime, home, config, provider } = cluster;
  const changing = ["writeText", "create", "mkdir", "remove", "removeTree", "rename"] as const;
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
    await machine.files.removeTree(home.run, home.dir);
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
  for (const id of [attempt.id, null]) {
    const log = await provider.bootLog("worker-0", id);
    assert.equal(log?.text, "hello\nNo such module: encodings\n");
  }
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
