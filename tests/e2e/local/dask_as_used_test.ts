import assert from "node:assert/strict";
import { withHome } from "./harness.ts";

/** A job with a module of its own, a file that it leaves, and a restart. */
const PROJECT = `
import os, pathlib
from distributed import Client
from crosscore import cluster

def write(text):
    import beside_the_script
    pathlib.Path("result.txt").write_text(beside_the_script.doubled(text))
    return os.getpid()

client = Client(cluster.get_url())
before = client.submit(write, "ab").result()
client.restart(timeout=60)
after = client.submit(write, "cd", pure=False).result()
print(before != after)
`;

const EATS_MEMORY = `
from distributed import Client
from distributed.scheduler import KilledWorker
from crosscore import cluster

def fill():
    import time
    parts = []
    while True:
        parts.append(b"x" * 8_000_000)
        time.sleep(0.02)

try:
    Client(cluster.get_url()).submit(fill, key="fill-1").result()
except KilledWorker as error:
    print(error)
`;

Deno.test("a job finds its modules, keeps its files, restarts its workers, and is told of a worker that ends", async (t) => {
  await withHome(async (cluster) => {
    await cluster.setUp({ worker_memory: "0.5 GiB", poll_interval_s: 0.2 });
    await cluster.ok("start");
    await t.step("its folder is the workers', and client.restart() returns", async () => {
      await cluster.write("beside_the_script.py", "def doubled(text):\n    return text * 2\n");
      assert.equal(await cluster.pythonOk(await cluster.write("project.py", PROJECT)), "True\n");
      assert.equal(await Deno.readTextFile(`${cluster.folder}/result.txt`), "cdcd");
      const { workers, decisions } = await cluster.status();
      assert.equal(workers.length, 1);
      assert.deepEqual(decisions.map(({ action }) => action), ["launch"]);
    });

    await t.step("a task that uses up its worker's memory fails, and status and log say why", async () => {
      assert.match(
        await cluster.pythonOk("-c", EATS_MEMORY),
        /fill-1.*\(worker-0: see `xcore logs worker-0`/,
      );
      const { decisions } = await cluster.until(
        "it is recorded",
        ({ decisions }) => decisions.some(({ action }) => action === "died"),
      );
      const died = decisions.filter(({ action }) => action === "died");
      assert.equal(died.length, 1);
      assert.match(died[0]!.reason, /^worker-0: out of memory \(0\.\d of 0\.5 GiB\) while it ran fill-1$/);
      assert.match(await cluster.ok("logs", "worker-0"), /ended: out of memory/);
      const { checks } = JSON.parse((await cluster.xcore("doctor", "--json")).stdout);
      const [told] = checks.filter(({ name }: { name: string }) => name === "Workers");
      assert.match(told.message, /^worker-0: out of memory .* while it ran fill-1, \d+ s ago$/);
      assert.match(told.fix, /`xcore logs worker-0`/);
      assert.match(await cluster.ok("tasks", "--failed"), /^fill +0 .* 1 +KilledWorker: .*worker-0/m);
    });

    await t.step("its log is there once the name runs again", async () => {
      await cluster.until("its name is free", ({ workers }) => workers.length === 0);
      await cluster.pythonOk(await cluster.write("project.py", PROJECT));
      assert.match(await cluster.ok("logs", "worker-0", "--previous"), /ended: out of memory/);
      assert.doesNotMatch(await cluster.ok("logs", "worker-0"), /ended: out of memory/);
      assert.equal((await cluster.xcore("logs", "worker-7", "--previous")).code, 1);
      assert.equal((await cluster.xcore("logs", "daemon", "--previous")).code, 2);
    });
  }, { env: { DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES: "0" } });
});
