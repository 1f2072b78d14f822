import assert from "node:assert/strict";
import { clusterNames, workerNames } from "../../../../lib/cli/completions/completer.ts";
import { contextIn, suggested, valuesOf } from "../_run.ts";
import { withDaemon, withHome } from "../_home.ts";
import { status, worker } from "../_status.ts";

const NOTHING = { args: [], prefix: "" };

Deno.test("completions after -c are the clusters in the home", async () => {
  await withHome(async (home) => {
    assert.deepEqual(await clusterNames(NOTHING, contextIn(home)), []);
    for (const name of ["demo", "big"]) await Deno.mkdir(`${home}/clusters/${name}`, { recursive: true });
    assert.deepEqual(valuesOf(await suggested(home, ["-c", ""])), ["big", "demo"]);
    assert.deepEqual(valuesOf(await suggested(home, ["status", "--cluster=d"])), ["--cluster=demo"]);
    const otherwise = await suggested(home, ["-c", "b"], { XCORE_CLUSTER: "Not A Name" });
    assert.deepEqual(valuesOf(otherwise), ["big"]);
  });
});

Deno.test("completions of a worker are those that the daemon knows, with their states", async () => {
  await withHome(async (home) => {
    const workers = [worker("worker-0"), worker("worker-1", { state: "booting" })];
    await withDaemon(home, () => status({ workers }), async () => {
      assert.deepEqual(await workerNames(NOTHING, contextIn(home)), [
        { value: "worker-0", about: "running" },
        { value: "worker-1", about: "booting" },
      ]);
    });
  });
});

Deno.test("completions of logs and ssh are the workers and the others that there are", async () => {
  await withHome(async (home) => {
    assert.deepEqual(valuesOf(await suggested(home, ["ssh", ""])), ["scheduler"]);
    await withDaemon(home, () => status({ workers: [worker("worker-0")] }), async () => {
      const all = ["worker-0", "scheduler", "daemon", "shutdown"];
      assert.deepEqual(valuesOf(await suggested(home, ["logs", ""])), all);
      assert.deepEqual(valuesOf(await suggested(home, ["ssh", "w"])), ["worker-0"]);
      assert.deepEqual(valuesOf(await suggested(home, ["ssh", "worker-0", ""])), []);
    });
  });
});

Deno.test("completions of a worker are those of the cluster named on the line", async () => {
  await withHome(async (home) => {
    await withDaemon(home, () => status({ workers: [worker("worker-7")] }), async () => {
      assert.deepEqual(await workerNames(NOTHING, contextIn(home)), []);
      const found = await workerNames(NOTHING, contextIn(home, { cluster: "demo" }));
      assert.deepEqual(valuesOf(found), ["worker-7"]);
    }, "demo");
  });
});

Deno.test("completions of a worker are none where no daemon answers, and where it hangs", async () => {
  await withHome(async (home) => {
    assert.deepEqual(await workerNames(NOTHING, contextIn(home)), []);
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const hangs = async () => {
      asked.resolve();
      await answered.promise;
      return status();
    };
    await withDaemon(home, hangs, async () => {
      const found = workerNames(NOTHING, contextIn(home));
      await asked.promise;
      assert.deepEqual(await found, []);
      answered.resolve();
    });
  });
});
