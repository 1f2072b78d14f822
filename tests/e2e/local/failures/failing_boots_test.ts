import assert from "node:assert/strict";
import { type TestCluster, withHome } from "../harness.ts";
import { jobOf } from "../jobs.ts";
import { assertProblem, has } from "./_words.ts";

const JOB = jobOf("echo done");

/**
 * A cluster whose Python is a script around the real one. What it finds in `way` it does to workers, and to nothing else:
 * `exits` before it is anything, `breaks` in the middle of importing Dask, `works`.
 */
async function withFragilePython(
  body: (cluster: TestCluster, set: (way: "exits" | "breaks" | "works") => Promise<void>) => Promise<void>,
): Promise<void> {
  await withHome(async (cluster) => {
    const { folder } = cluster;
    await Deno.mkdir(`${folder}/broken/distributed`, { recursive: true });
    await cluster.write(
      "broken/distributed/__init__.py",
      `raise ImportError("libnumbers.so.4 is not there")\n`,
    );
    await cluster.write(
      "python",
      `#!/bin/sh
case "$(cat '${folder}/way') $1" in
  "exits "*/worker.py) echo "python: cannot load libpython.so" >&2; exit 1;;
  "breaks "*/worker.py) PYTHONPATH='${folder}/broken'; export PYTHONPATH;;
esac
exec '${Deno.env.get("XCORE_TEST_PYTHON")}' "$@"
`,
    );
    await Deno.chmod(`${folder}/python`, 0o755);
    const set = async (way: string) => void await cluster.write("way", way);
    await set("works");
    await cluster.setUp({ python: `${folder}/python`, poll_interval_s: 0.2 });
    await cluster.ok("start");
    await body(cluster, set);
  });
}

Deno.test("workers that die while they boot: after five in a row no more, with what the last one said, until the config changes", async () => {
  await withFragilePython(async (cluster, set) => {
    await set("breaks");
    const script = await cluster.python("-c", JOB);
    const halted = await cluster.until("it stops", (status) => has(status, "boots_halted"));
    assertProblem(cluster, halted, "boots_halted", "workers that die while they boot");
    assert.equal(halted.cluster.state, "degraded");
    assert.equal(launched(halted), 5);
    const { last_tick_at } = halted.daemon;
    const later = await cluster.until(
      "another tick",
      ({ daemon }) => daemon.last_tick_at !== last_tick_at,
    );
    assert.equal(launched(later), 5);
    assert.deepEqual(cluster.workerProcesses(), []);

    await set("works");
    await cluster.ok("config", "set", "max_idle_time_s", "100");
    const { code, stdout, stderr } = await script.ended;
    assert.deepEqual([code, stdout], [0, "done\n"], stderr);
    const after = await cluster.status();
    assert.equal(launched(after), 6);
    assert.deepEqual(after.problems, []);
  });
});

Deno.test("a Python that ends at once as a worker: what it said is told, and it is tried again", async () => {
  await withFragilePython(async (cluster, set) => {
    await set("exits");
    const script = await cluster.python("-c", JOB);
    const failing = await cluster.until("it is said", (status) => has(status, "launch_failed"));
    assertProblem(cluster, failing, "launch_failed", "a Python that ends at once");
    assert.equal(launched(failing), 0);

    await set("works");
    await cluster.ok("config", "set", "max_idle_time_s", "100");
    const { code, stdout, stderr } = await script.ended;
    assert.deepEqual([code, stdout], [0, "done\n"], stderr);
    assert.deepEqual((await cluster.status()).problems, []);
  });
});

function launched({ decisions }: Awaited<ReturnType<TestCluster["status"]>>): number {
  return decisions.filter(({ action }) => action === "launch").reduce((sum, { count }) => sum + count, 0);
}
