import assert from "node:assert/strict";
import { FIRST_JOB } from "../cloud/first_job.ts";
import { PYTHON } from "../cloud/person.ts";
import { withGcpHome } from "./_gcp_home.ts";

const GPU_JOB = `
from distributed import Client
from crosscore import cluster
cluster.set_max_workers(1)
client = Client(cluster.get_url())
def gpus():
    from distributed import get_worker
    return get_worker().state.total_resources
print(client.submit(gpus, resources={"GPU": 1}).result())
`;

Deno.test("gcp, whole: init, start, a job from zero, a GPU pool, a preemption, shutdown with nothing left", async (t) => {
  /** One that fails leaves nothing to go on with. */
  const step = async (name: string, body: () => Promise<void>) => assert.ok(await t.step(name, body), name);
  await withGcpHome({ boot: true }, async (cluster, { gce }) => {
    await step("init checks the project and writes the config", async () => {
      const { checks } = JSON.parse(
        await cluster.ok("--json", "init", "gcp", "--python", PYTHON, "--project", gce.project),
      ) as { checks: { name: string; outcome: string }[] };
      assert.deepEqual(checks.filter(({ outcome }) => outcome !== "passed"), []);
    });

    await step("start makes the base and waits for the scheduler", async () => {
      await cluster.ok("config", "set", "max_idle_time_s", "5", "max_workers", "2");
      await cluster.ok("start");
      const { cluster: { state, url } } = await cluster.status();
      assert.equal(state, "running");
      assert.match(url!, /^tls:\/\/198\.18\.\d+\.\d+:8786$/);
      assert.match(await cluster.ok("start"), /tls:/);
    });

    await step("a job with a 3 MB input runs from no worker, and its worker leaves", async () => {
      const job = await cluster.write("job.py", FIRST_JOB);
      assert.equal((await cluster.pythonOk(job)).trim(), "3000000");
      await cluster.until("the worker has left", ({ workers }) => workers.length === 0, 120);
    });

    await step("a GPU pool is woken by resources alone, and its worker offers the GPU", async () => {
      const pool =
        "[{name: gpu, worker_type: n1-standard-4, accelerator_type: nvidia-tesla-t4, accelerator_count: 1}]";
      await cluster.ok("config", "set", "pools", pool);
      const job = cluster.pythonOk("-c", GPU_JOB);
      const { workers: [worker] } = await cluster.until(
        "it is asked for",
        ({ workers }) => workers.length > 0,
        60,
      );
      assert.deepEqual([worker!.pool, worker!.type, worker!.accelerator], [
        "gpu",
        "n1-standard-4",
        "nvidia-tesla-t4",
      ]);
      assert.match(await job, /'GPU': 1/);
      await cluster.until("the worker has left", ({ workers }) => workers.length === 0, 120);
    });

    await step("a preempted worker is replaced, and its task runs again", async () => {
      await cluster.ok("config", "set", "market", "spot");
      const script = await cluster.python(
        "-c",
        `
import time
from distributed import Client
from crosscore import cluster
client = Client(cluster.get_url())
print(client.submit(lambda: (time.sleep(20), "done")[1]).result())
`,
      );
      const running = ({ state, executing }: { state: string; executing: number | null }) =>
        state === "running" && executing === 1;
      const { workers } = await cluster.until("it runs", ({ workers }) => workers.some(running), 120);
      const [lost] = workers.filter(running);
      const [zone, name] = lost!.id!.split("/");
      await gce.control("preempt", { path: `projects/${gce.project}/zones/${zone}/instances/${name}` });
      const { code, stdout, stderr } = await script.ended;
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), "done");
    });

    await step("shutdown leaves nothing", async () => {
      const { cluster: { id } } = await cluster.status();
      assert.match(await cluster.ok("shutdown", "--yes"), /Nothing is left\./);
      const { items } = await gce.call<{ items: Record<string, { instances?: unknown[] }> }>(
        "GET",
        `projects/${gce.project}/aggregated/instances?filter=${
          encodeURIComponent(`labels.xcore-cluster=${id}`)
        }`,
      );
      assert.deepEqual(Object.values(items).flatMap(({ instances = [] }) => instances), []);
      const { items: networks } = await gce.call<{ items: { name: string }[] }>(
        "GET",
        `projects/${gce.project}/global/networks`,
      );
      assert.deepEqual(networks.map(({ name }) => name), ["test"]);
    });
  });
});
