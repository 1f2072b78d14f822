import assert from "node:assert/strict";
import { withCluster, withHome } from "../harness.ts";
import { schedulerOf } from "./_parts.ts";
import { assertComplaint } from "./_words.ts";

const PYTHON = Deno.env.get("XCORE_TEST_PYTHON") ?? "";

Deno.test("init where there is no Python says how to get one", async () => {
  await withHome(async (cluster) => {
    const nothing = `${cluster.folder}/bin`;
    await Deno.mkdir(nothing);
    const init = (...args: string[]) =>
      cluster.xcoreBeside(["init", "local", ...args], { PATH: nothing }).ended;

    const none = /^Cannot make a Python environment: there is no Python 3\.8 or newer on PATH$/;
    assertComplaint(await init(), 4, none, /^Install /);
    const named = /^Cannot use python3 as Python: no such program on PATH, and no such file here$/;
    const another = /: `--python PATH`\.$/;
    assertComplaint(await init("--python", "python3"), 4, named, another);
    assertComplaint(
      await init("--python", nothing),
      4,
      /: a folder without bin\/python$/,
      another,
    );
    const after = /no cluster has been set up here$/;
    assertComplaint(await cluster.xcore("start"), 3, after, /`xcore init local`/);
  });
});

Deno.test("init again, with a config whose Python is gone, does not call it ready", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    assert.match(await cluster.ok("init", "local"), /^Run your scripts with .*\nNext: `xcore start`$/m);
    await cluster.ok("config", "set", "python", `${cluster.folder}/gone`);
    const again = await cluster.xcore("init", "local");
    assertComplaint(again, 4, /^1 check failed \(see above\)$/, /`xcore config set python PATH`/);
    assert.match(again.stdout, /^Kept the existing configuration \S+$/m);
    assert.doesNotMatch(again.stdout, /Next:|Run your scripts/);
  });
});

Deno.test("a restart with a Python that cannot be used ends nothing, and the setting says so at once", async () => {
  await withCluster({}, async (cluster) => {
    const url = await cluster.ok("url");
    const scheduler = schedulerOf(cluster).pid;
    const set = await cluster.xcore("config", "set", "python", `${cluster.folder}/gone`);
    assertComplaint(set, 0, /\/gone as Python: no such file\.$/, /`xcore config set python PATH`/);

    const restart = await cluster.xcore("restart", "--yes");
    assertComplaint(restart, 4, /\/gone as Python: no such file$/, /`xcore config set python PATH`/);
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
    await cluster.until("the daemon has looked", ({ daemon }) => daemon.last_tick_at !== null);

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
    const found = /^Cannot use \S+\/bare\/bin\/python as Python: distributed is not installed \(Python 3\./;
    assertComplaint(
      given,
      4,
      found,
      /^Run: \S+\/bare\/bin\/python -m pip install dask distributed crossflow bokeh$/,
    );

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
