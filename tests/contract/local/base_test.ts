import assert from "node:assert/strict";
import { join } from "node:path";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { makeCertificates } from "../../../lib/dask/make_certificates.ts";
import { tlsFiles } from "../../../lib/dask/tls_files.ts";
import { ConflictError, PrerequisiteError, XcoreError } from "../../../lib/errors.ts";
import type { Base } from "../../../lib/platform/base.ts";
import { base as localBase } from "../../../lib/platform/local/base.ts";
import { baseFor, providerFor } from "../../../lib/platform/platforms.ts";
import { needing, programs } from "../../support/needs.ts";
import { type LocalCluster, localCluster, machine, processOf, until } from "./_local_cluster.ts";
import { ORDER } from "./_local_harness.ts";
import { runtimeWithUptime } from "./_local_views.ts";
import { attemptOf, idsOf } from "../provider/contract.ts";
import { testPython } from "../../support/test_python.ts";

const quiet = () => {};

async function certified(cluster: LocalCluster): Promise<Base> {
  await makeCertificates(cluster.runtime, cluster.home.tls, cluster.config.clusterId);
  return localBase(cluster);
}

/** The scheduler's process, by what it has written. */
async function schedulerPid({ home }: LocalCluster): Promise<number> {
  return JSON.parse(await Deno.readTextFile(join(home.run, "scheduler.json"))).pid;
}

async function isRunning(pid: number): Promise<boolean> {
  return (await processOf(pid))?.zombie === false;
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Runs Python lines with a connected Dask client `client` that holds the cluster's certificates. */
async function withClient({ home, config }: LocalCluster, lines: string): Promise<string> {
  const { caFile, client: { certFile, keyFile } } = tlsFiles(home.tls);
  // The certificates themselves, and not their paths: Dask takes a path with a line break in it for a certificate.
  const script = `
import json, sys
from distributed import Client, Security
ca, cert, key, url = json.loads(sys.argv[1])
read = lambda path: open(path).read()
security = Security(tls_ca_file=read(ca), tls_client_cert=read(cert), tls_client_key=read(key), require_encryption=True)
with Client(url, security=security, timeout=120) as client:
    client.wait_for_workers(1, timeout=120)
${lines.split("\n").map((line) => `    ${line}`).join("\n")}
`;
  const files = JSON.stringify([caFile, certFile, keyFile, `tls://127.0.0.1:${config.schedulerPort}`]);
  const { code, stdout, stderr } = await machine.run([testPython(), "-c", script, files]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

Deno.test("a job runs on the scheduler and worker of this machine, and down() and terminate() leave nothing", async () => {
  await using cluster = await localCluster({ bootDelayS: 0 });
  const { provider, home, config } = cluster;
  const base = await certified(cluster);
  assert.equal((await base.describe()).state, "down");
  const { state, url, http, startedAtMs } = await base.up(quiet);
  assert.deepEqual([state, url, http], [
    "up",
    `tls://127.0.0.1:${config.schedulerPort}`,
    { host: "127.0.0.1", port: config.dashboardPort },
  ]);
  assert.ok(Math.abs(Date.now() - startedAtMs!) < 60_000);

  const attempt = attemptOf({ ...ORDER, slots: 2, resources: { GPU: 1, MEM: 1e9 } }, ["worker-0"]);
  const { instances } = await provider.launch(attempt);
  const output = await withClient(
    cluster,
    `
def task():
    import os, subprocess, sys
    # One child that ends when it is asked, and one that does not.
    subprocess.Popen(["sleep", "1000"])
    subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 1001; sleep 1002"])
    first = os.environ["PATH"].split(os.pathsep)[0]
    return os.getcwd(), first == os.path.dirname(sys.executable), open("/proc/self/cmdline").read()
[worker] = client.scheduler_info()["workers"].values()
future = client.submit(task, resources={"GPU": 1})
print(json.dumps([worker["name"], worker["nthreads"], worker["resources"], worker["host"], future.result()]))`
      .trim(),
  );
  const [name, threads, resources, host, [cwd, ownProgramsFirst, commandLine]] = JSON.parse(output);
  assert.deepEqual([name, threads, resources, host], ["worker-0", 2, { GPU: 1, MEM: 1e9 }, "127.0.0.1"]);
  assert.equal(cwd, cluster.folder);
  assert.ok(ownProgramsFirst);
  assert.ok(commandLine.includes(`worker.py\0${config.clusterId}\0worker-0\0${attempt.id}`));
  assert.deepEqual(idsOf((await provider.list()).instances), idsOf(instances));
  assert.match(
    (await provider.bootLog("worker-0", attempt.id))!.text,
    /Registered to: +tls:\/\/127\.0\.0\.1/,
  );

  // The worker ends by itself, and takes the child with it that can be asked.
  await provider.terminate(idsOf(instances));
  await until(async () => {
    const left = (await cluster.processes()).map(({ commandLine }) => commandLine);
    return !left.some((line) => /worker\.py|^sleep 1000$/.test(line)) &&
      left.some((line) => line.includes("trap"));
  }, "the worker to end");
  assert.deepEqual((await provider.list()).instances.map(({ state }) => state), ["stopping"]);
  await provider.terminate(idsOf(instances));
  await until(async () => (await provider.list()).instances.length === 0);

  await base.down(quiet);
  assert.equal((await base.describe()).state, "down");
  await base.down(quiet);
  assert.deepEqual(await cluster.processes(), []);
  assert.deepEqual(await machine.files.list(home.run), ["base.lock"]);
  assert.match((await base.log())!.text, /Scheduler at: +tls:\/\/127\.0\.0\.1/);
});

Deno.test("up() twice starts one scheduler, and repair() starts one that was killed again at its address", async () => {
  await using cluster = await localCluster();
  const base = await certified(cluster);
  const { runtime, home, config } = cluster;
  assert.equal(await base.repair(), null);
  const states = await Promise.all([
    base.up(quiet),
    localBase(cluster).up(quiet),
    localBase(cluster).up(quiet),
  ]);
  assert.deepEqual(states.map(({ state }) => state), ["up", "up", "up"]);
  const pid = await schedulerPid(cluster);
  assert.equal((await cluster.processes()).length, 1);
  assert.equal(await base.repair(), null);
  await until(() => isListening(config.dashboardPort), "the scheduler to listen");

  machine.kill(pid, "SIGKILL");
  await until(async () => (await base.describe()).state === "partial");
  assert.equal((await base.describe()).url, `tls://127.0.0.1:${config.schedulerPort}`);
  // The config may have changed since; clients know the old address.
  const changed = localBase({ runtime, home, config: { ...config, schedulerPort: 1, dashboardPort: 2 } });
  assert.match(await changed.repair() ?? "", /started again/);
  const { state, http } = await base.describe();
  assert.deepEqual([state, http?.port], ["up", config.dashboardPort]);
  assert.notEqual(await schedulerPid(cluster), pid);
  await until(() => isListening(config.dashboardPort), "the scheduler to listen again");
  await base.down(quiet);
  assert.ok(!await isListening(config.schedulerPort));
  assert.deepEqual(await cluster.processes(), []);
});

Deno.test("a scheduler whose process file is damaged or missing is found again", async () => {
  await using cluster = await localCluster();
  const base = await certified(cluster);
  await base.up(quiet);
  const pid = await schedulerPid(cluster);
  const claim = join(cluster.home.run, "scheduler.json");
  await Deno.writeTextFile(claim, "{");
  assert.equal((await base.describe()).state, "up");
  await base.down(quiet);
  assert.ok(!await isRunning(pid));

  await base.up(quiet);
  const second = await schedulerPid(cluster);
  await Deno.remove(claim);
  assert.equal((await base.describe()).state, "partial");
  await until(async () => !await isRunning(second), "the scheduler to end by itself");
  assert.match(await base.repair() ?? "", /started again/);
  assert.equal((await base.describe()).state, "up");
});

Deno.test("a process that has got a dead scheduler's number is not taken for it", async () => {
  await using cluster = await localCluster();
  const base = await certified(cluster);
  await base.up(quiet);
  const claim = join(cluster.home.run, "scheduler.json");
  const facts = JSON.parse(await Deno.readTextFile(claim));
  machine.kill(facts.pid, "SIGKILL");
  const pid = cluster.spawn(["sleep", "1000"]);
  const { startTime } = (await processOf(pid))!;
  await Deno.writeTextFile(claim, JSON.stringify({ ...facts, pid, start_time: startTime }));
  assert.equal((await base.describe()).state, "partial");
  await base.down(quiet);
  assert.ok(await isRunning(pid));
});

Deno.test(needing(programs("ps"), "up() names the port that is taken, and by whom", async () => {
  await using cluster = await localCluster();
  const base = await certified(cluster);
  const { schedulerPort, dashboardPort } = cluster.config;
  for (const port of [schedulerPort, dashboardPort]) {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    await assert.rejects(base.up(quiet), (error) => {
      assert.ok(error instanceof ConflictError);
      assert.match(
        error.message,
        new RegExp(
          `^Cannot start the scheduler at ports \\d+ and \\d+: ${port} is used by process ${Deno.pid} `,
        ),
      );
      assert.match(error.hint, /`xcore start --new-ports`/);
      return true;
    });
    assert.equal((await base.describe()).state, "down");
  }
  assert.deepEqual(await cluster.processes(), []);
}));

Deno.test("up() says what is missing", async () => {
  await using cluster = await localCluster();
  await assert.rejects(localBase(cluster).up(quiet), (error) => {
    assert.ok(error instanceof PrerequisiteError);
    assert.match(error.message, /there is no .*ca\.pem/s);
    return true;
  });
  const base = await certified(cluster);
  await Deno.remove(tlsFiles(cluster.home.tls).worker.keyFile);
  await assert.rejects(base.up(quiet), PrerequisiteError);
  await certified(cluster);
  for (const python of [null, "/no/such/python"]) {
    await assert.rejects(
      localBase({ ...cluster, config: { ...cluster.config, python } }).up(quiet),
      PrerequisiteError,
    );
  }
});

Deno.test("up() passes on what a Python that ends at once has printed, and can be run again", async () => {
  await using cluster = await localCluster();
  await certified(cluster);
  const python = join(cluster.folder, "python");
  await Deno.writeTextFile(python, "#!/bin/sh\necho 'no encodings' >&2\nexit 1\n", { mode: 0o700 });
  const broken = localBase({ ...cluster, config: { ...cluster.config, python } });
  await assert.rejects(broken.up(quiet), (error) => {
    assert.ok(error instanceof XcoreError);
    assert.match(error.message, /ended at once \(no encodings\)$/);
    return true;
  });
  assert.equal((await broken.describe()).state, "partial");
  assert.equal((await broken.log())?.text, "no encodings\n");
  assert.equal((await localBase(cluster).up(quiet)).state, "up");
});

Deno.test("down() asks a scheduler that does not answer to end, and kills it before it would one that does", async () => {
  await using cluster = await localCluster();
  await certified(cluster);
  const config = { ...cluster.config, python: await busyPython(cluster) };
  await localBase({ ...cluster, config }).up(quiet);
  const pid = await schedulerPid(cluster);
  // However slow this machine is, it is never more than 3 s later by this clock.
  const runtime = runtimeWithUptime(cluster, stoppingAfter(3));
  const base = localBase({ ...cluster, config, runtime });
  await base.down(quiet, { answers: false });
  assert.ok(!await isRunning(pid));
  assert.equal((await base.describe()).state, "down");
});

/** An interpreter whose Dask is busy for good, and hears of no signal. */
async function busyPython({ folder }: LocalCluster): Promise<string> {
  const cli = join(folder, "busy", "distributed", "cli");
  await Deno.mkdir(cli, { recursive: true });
  await Deno.writeTextFile(join(folder, "busy", "distributed", "__init__.py"), "");
  await Deno.writeTextFile(join(folder, "busy", "distributed", "proctitle.py"), "");
  await Deno.writeTextFile(join(cli, "__init__.py"), "");
  const main = "import time\ndef main(*args, **options):\n    time.sleep(1000)\n";
  await Deno.writeTextFile(join(cli, "dask_scheduler.py"), main);
  const python = join(folder, "busy", "python");
  const lines = ["#!/bin/sh", "trap '' TERM", `PYTHONPATH='${folder}/busy' exec '${testPython()}' "$@"`, ""];
  await Deno.writeTextFile(python, lines.join("\n"), { mode: 0o700 });
  return python;
}

/** A clock that stands still once it is so many seconds later than at its first reading. */
function stoppingAfter(seconds: number): (uptimeS: number) => number {
  let first: number | null = null;
  return (uptimeS) => Math.min(uptimeS, (first ??= uptimeS) + seconds);
}

Deno.test("a scheduler of another cluster in the same folder is in the way, until down()", async () => {
  await using cluster = await localCluster();
  const { runtime, home, config } = cluster;
  await (await certified(cluster)).up(quiet);
  const base = localBase({ runtime, home, config: { ...config, clusterId: "xcore-ffffffff" } });
  await assert.rejects(base.up(quiet), ConflictError);
  await base.down(quiet);
  assert.equal((await base.up(quiet)).state, "up");
});

Deno.test("each provider of the config has its base and its provider", async () => {
  await using cluster = await localCluster();
  for (const provider of ["local", "aws", "gcp"] as const) {
    const text = `provider: ${provider}\ncluster_id: xcore-0a1b2c3d\n`;
    const options = { ...cluster, config: await parseConfig(text, "config.yaml") };
    assert.equal((await providerFor(options)).name, provider);
    assert.equal((await (await baseFor(options)).describe()).state, "down");
  }
});
