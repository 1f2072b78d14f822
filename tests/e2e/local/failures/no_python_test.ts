import assert from "node:assert/strict";
import { withCluster, withHome } from "../harness.ts";
import { schedulerOf } from "./_parts.ts";
import { assertComplaint, complaintOf } from "./_words.ts";

const PYTHON = Deno.env.get("XCORE_TEST_PYTHON") ?? "";

Deno.test("init where there is no Python says how to get one", async () => {
  await withHome(async (cluster) => {
    const nothing = `${cluster.folder}/bin`;
    await Deno.mkdir(nothing);
    const init = (...args: string[]) =>
      cluster.xcoreBeside(["init", "local", ...args], { PATH: nothing }).ended;

    const [, hint] = complaintOf(await init()).split("\n");
    assertComplaint(cluster, await init(), 4, "init without a Python", { "how to install it here": hint! });
    assertComplaint(cluster, await init("--python", "python3"), 4, "init with a Python that is not on PATH");
    assertComplaint(cluster, await init("--python", nothing), 4, "init with a folder that is no environment");
    assertComplaint(cluster, await cluster.xcore("start"), 3, "start before init");
  });
});

Deno.test("init again, with a config whose Python is gone, does not call it ready", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    assert.match(await cluster.ok("init", "local"), /^Run your scripts with .*\nNext: `xcore start`$/m);
    await cluster.ok("config", "set", "python", `${cluster.folder}/gone`);
    const again = await cluster.xcore("init", "local");
    assertComplaint(cluster, again, 4, "init again, whose Python is gone");
    assert.match(again.stdout, /^Kept the existing configuration \S+$/m);
    assert.doesNotMatch(again.stdout, /Next:|Run your scripts/);
  });
});

Deno.test("a restart with a Python that cannot be used ends nothing, and the setting says so at once", async () => {
  await withCluster({}, async (cluster) => {
    const url = await cluster.ok("url");
    const scheduler = schedulerOf(cluster).pid;
    const set = await cluster.xcore("config", "set", "python", `${cluster.folder}/gone`);
    assertComplaint(cluster, set, 0, "config set with a Python that is not there");

    const restart = await cluster.xcore("restart", "--yes");
    assertComplaint(cluster, restart, 4, "restart with a Python that is not there");
    assert.equal(schedulerOf(cluster).pid, scheduler);
    assert.equal(await cluster.ok("url"), url);
    await cluster.until("it runs as it did", ({ cluster: { state } }) => state === "running");
  });
});

Deno.test("a daemon that starts while there is no scheduler calls the cluster running once there is one", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    await cluster.ok("config", "set", "python", `${cluster.folder}/gone`);
    assert.notEqual((await cluster.xcore("start")).code, 0);
    await cluster.ok("daemon", "start");
    await cluster.until("the first tick", ({ daemon }) => daemon.last_tick_at !== null);

    await cluster.ok("config", "set", "python", PYTHON);
    await cluster.ok("start");
    const { cluster: { started_at } } = await cluster.until(
      "it runs",
      ({ cluster: { state }, problems }) => state === "running" && problems.length === 0,
    );
    assert.notEqual(started_at, null);
  });
});

Deno.test("init with a Python without Dask names the command that fixes it, or makes an environment that works", async () => {
  await withHome(async (cluster) => {
    const bare = `${cluster.folder}/bare`;
    await python("-m", "venv", bare);
    const given = await cluster.xcore("init", "local", "--python", bare);
    const version = (await python("-c", "import platform; print(platform.python_version())")).trim();
    assertComplaint(cluster, given, 4, "init with a Python without Dask", { version });

    // From the package index that pip is set up for, but for what this machine has fetched before.
    const env = {
      PATH: `${bare}/bin`,
      PIP_CACHE_DIR: await python("-m", "pip", "cache", "dir"),
    };
    const made = await cluster.xcoreBeside(["init", "local"], env).ended;
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stderr, /^Skipping \S+\/bare\/bin\/python3: distributed is not installed/m);
    assert.match(
      made.stderr,
      /^Making a Python environment in \S+\/\.xcore\/env with \S+\/bare\/bin\/python3$/m,
    );
    assert.match(made.stdout, /^Run your scripts with \S+\/\.xcore\/env\/bin\/python$/m);
    await cluster.set();
    await cluster.ok("start");
    assert.equal((await cluster.status()).cluster.state, "running");
  });
});

async function python(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(PYTHON, { args }).output();
  assert.ok(success, `python ${args.join(" ")}`);
  return new TextDecoder().decode(stdout).trim();
}
