import assert from "node:assert/strict";
import { join } from "node:path";
import { provider as localProvider } from "../../../lib/platform/local/provider.ts";
import { testPython } from "../../support/test_python.ts";
import { localCluster, machine, processOf, until } from "./_local_cluster.ts";
import { ORDER } from "./_local_harness.ts";
import { claimOf, isRunning, withUptime } from "./_local_views.ts";
import { attemptOf, idsOf } from "../provider/contract.ts";

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

  // By a clock that stands still: however slow this machine is, it is 4 s later, and not 6.
  const startS = Number.parseFloat(await Deno.readTextFile("/proc/uptime"));
  const after = (seconds: number) => withUptime(cluster, () => startS + seconds);
  await after(0).terminate(ids);
  await after(4).terminate(ids);
  assert.deepEqual((await provider.list()).instances.map(({ state }) => state), ["stopping"]);
  await after(6).terminate(ids);
  await until(async () => (await provider.list()).instances.length === 0);
});

Deno.test("a worker whose home was removed ends by itself", async () => {
  await using cluster = await localCluster();
  await cluster.provider.launch(attemptOf(ORDER, ["worker-0"]));
  await Deno.remove(cluster.home.dir, { recursive: true });
  await until(async () => (await cluster.processes()).length === 0, "the worker to end");
});
