import assert from "node:assert/strict";
import type { TestCluster } from "../local/harness.ts";
import { clusterIdOf } from "../../emulators/starting.ts";
import { allIsWell, stepsOf, TIMEOUT_S, typeInit, typeStart } from "../../emulators/walk.ts";
import {
  costsAsBilled,
  fortyTasks,
  goOn,
  hasUsedUp,
  namePrices,
  setBudget,
  spendOf,
  useUpWithoutDaemon,
} from "../../emulators/spending.ts";
import { follow } from "../local/following.ts";
import { blocksOf, Reader } from "../local/page.ts";
import { ROOT } from "../../runner/programs.ts";
import { withGcpHome } from "./_gcp_home.ts";

/** A line of gce/control.py's bill. */
interface Line {
  readonly id: string;
  readonly machine_s: number;
  readonly disk_s: number;
  readonly disk_gb: number;
}

/** What is read of an instance. */
interface Instance {
  readonly name: string;
  readonly status: string;
}

const LONG_TASK = `
import time
from distributed import Client
from crosscore import cluster
client = Client(cluster.get_url())
print(client.submit(lambda: (time.sleep(12), "done")[1]).result())
`;

Deno.test("docs/tutorials/gcp.md, docs/gcp.md and what of docs/how-to is for Google Cloud, typed on one cluster: from init to nothing left", async (t) => {
  const step = stepsOf(t);
  await withGcpHome({ boot: true, name: "gcp" }, async (cluster, { gce }) => {
    await gce.control("access", { resource_manager_enabled: true });
    const tutorial = new Reader(cluster, await blocksOf("docs/tutorials/gcp.md"), { folder: ROOT });
    const page = new Reader(cluster, await blocksOf("docs/gcp.md"));
    const gpu = new Reader(cluster, await blocksOf("docs/how-to/gpu.md", ["## On Google Cloud"]));
    const spot = new Reader(cluster, await blocksOf("docs/how-to/spot.md"));
    const network = new Reader(
      cluster,
      await blocksOf("docs/how-to/private_network.md", ["## On Google Cloud"]),
    );
    /** What the page's reader has in place of its examples; a bare token names no project. */
    const own = {
      "europe-west2-b": gce.zone,
      "init gcp": `init gcp --project ${gce.project}`,
      "my-network": "test",
    };
    /** The names of the project's networks, or of its firewalls. */
    const namesOf = async (things: "networks" | "firewalls") =>
      (await gce.call<{ items?: { name: string }[] }>("GET", `projects/${gce.project}/global/${things}`))
        .items?.map(({ name }) => name) ?? [];
    let id = "";
    /** The cluster's instances. */
    const instances = async () => {
      const filter = encodeURIComponent(`labels.xcore-cluster=${id}`);
      const { items } = await gce.call<{ items: Record<string, { instances?: Instance[] }> }>(
        "GET",
        `projects/${gce.project}/aggregated/instances?filter=${filter}`,
      );
      return Object.values(items).flatMap(({ instances = [] }) => instances);
    };

    await step("init checks the project and writes the config", async () => {
      await tutorial.types("export XCORE_CLUSTER=gcp");
      assert.match(await typeInit(tutorial, "gcp", own), /^✓ Google credentials: /m);
      id = await clusterIdOf(cluster);
      await namePrices(cluster, ["e2-medium", "n1-standard-1", "n1-standard-4"]);
    });

    await step("start --plan says what would be made, and makes nothing", async () => {
      const said = await tutorial.types("xcore start --plan");
      assert.match(said, /^To make in us-central1, \d+ resources: a network, 1 subnet, .*the scheduler /m);
      assert.deepEqual(await namesOf("networks"), ["test"]);
    });

    await step(
      "start makes it and waits for the scheduler; a second one changes nothing",
      () => typeStart(cluster, tutorial),
    );

    await step("a job with a 3 MB input runs from no worker on two", async () => {
      assert.match(
        await tutorial.types("fan_out.py"),
        /^Those of length 8 are the same as counted here\.\n$/m,
      );
      await allIsWell(cluster);
      assert.match(await tutorial.types("xcore status"), /^gcp \(gcp\): running/m);
    });

    await step(
      "logs shows serial ports and follows them, and ssh knows machines by the keys shown there",
      async () => {
        assert.match(await page.types("xcore logs worker-0"), /: worker-0 starts$/m);
        assert.match(await page.types("xcore ssh worker-0 -- uptime"), /load average/);
        await logsAndSsh(cluster);
      },
    );

    await step("the workers leave when they are idle", async () => {
      await cluster.ok("config", "set", "max_idle_time_s", "5");
      await cluster.until("the workers have left", ({ workers }) => workers.length === 0, TIMEOUT_S);
      const { code, stderr } = await cluster.xcore("logs", "worker-0");
      assert.equal(code, 1);
      assert.match(stderr, /^Cannot show the log of worker-0: there is no worker-0$/m);
    });

    await step(
      "another type takes effect, and a worker with a GPU takes the task that asks for one",
      async () => {
        await tutorial.types("config set worker_type");
        const [said, { workers }] = await Promise.all([
          gpu.types("resources={'GPU': 1}"),
          cluster.until("it is asked for", ({ workers }) => workers.length > 0, TIMEOUT_S),
        ]);
        assert.equal(said.trim(), "42");
        const [{ type, accelerator } = { type: "", accelerator: "" }] = workers;
        assert.deepEqual([type, accelerator], ["n1-standard-4", "nvidia-tesla-t4"]);
        await gpu.types("config set pools");
        assert.match(await cluster.ok("config", "get", "pools"), /nvidia-tesla-t4/);
      },
    );

    await step("a preempted worker is replaced, and its task runs again", async () => {
      await spot.types("config set market spot");
      const script = await cluster.python("-c", LONG_TASK);
      const running = ({ state, executing }: { state: string; executing: number | null }) =>
        state === "running" && executing === 1;
      const { workers } = await cluster.until("it runs", ({ workers }) => workers.some(running), TIMEOUT_S);
      const [lost] = workers.filter(running);
      const [zone, name] = lost!.id!.split("/");
      await gce.control("preempt", { path: `projects/${gce.project}/zones/${zone}/instances/${name}` });
      const { code, stdout, stderr } = await script.ended;
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), "done");
    });

    await step("allow lets this machine in, and doctor finds nothing to fix", async () => {
      assert.match(await page.types("xcore allow"), /^Addresses that may connect: 198\.19\.0\.1\/32$/m);
      const said = await page.types("xcore doctor");
      for (const name of ["Clock", "Scheduler", "Certificates", "Versions", "Daemon", "Orphans"]) {
        assert.match(said, new RegExp(`^✓ ${name}: `, "m"));
      }
    });

    await step(
      "a run of 40 tasks drains when its budget is used up, by the daemon, and without one by the scheduler, and goes on",
      async () => {
        const script = await fortyTasks(cluster);
        await setBudget(cluster, -2, "drain");
        const drained = await cluster.until(
          "its workers have ended",
          ({ workers, problems }) =>
            workers.length === 0 && problems.some(({ code }) => code === "budget_reached"),
          TIMEOUT_S,
        );
        assert.deepEqual(spendOf(drained), { done: 2, failed: 0, running: 0, waiting: 38 });
        hasUsedUp(drained);
        const alone = await useUpWithoutDaemon(cluster, "drain", async () => {
          const workers = (await instances()).filter(({ name }) => !name.endsWith("-scheduler"));
          return workers.filter(({ status }) => status === "RUNNING").length;
        });
        assert.deepEqual(spendOf(alone), { done: 4, failed: 0, running: 0, waiting: 36 });
        await goOn(cluster);
        const { code, stdout, stderr } = await script.ended;
        assert.equal(code, 0, stderr);
        assert.equal(stdout.trim(), "780");
        await allIsWell(cluster);
      },
    );

    await step("restart replaces the scheduler alone", async () => {
      const idOf = async (path: string) =>
        (await gce.call<{ id: string }>("GET", `projects/${gce.project}/${path}`)).id;
      const ids = () =>
        Promise.all([idOf(`zones/${gce.zone}/instances/${id}-scheduler`), idOf(`global/networks/${id}`)]);
      const [scheduler, network] = await ids();
      await page.types("xcore restart");
      const [another, same] = await ids();
      assert.notEqual(another, scheduler);
      assert.equal(same, network);
      await allIsWell(cluster);
    });

    await step("an idle cluster is shut down by its daemon, and nothing is left", async () => {
      await cluster.ok("config", "set", "shutdown_when_idle_h", "0.001");
      const { cluster: { shut_down: by } } = await cluster.until(
        "it is down",
        ({ cluster, daemon }) => cluster.state === "down" && !daemon.running,
        TIMEOUT_S,
      );
      assert.deepEqual([by?.by, by?.finished], ["daemon", true]);
      const lines = await gce.control<Line[]>("bill");
      const bill = lines.map(({ id, machine_s: machineS, disk_s: diskS, disk_gb: diskGb }) => ({
        ...{ machineS, diskS, diskGb, isScheduler: id.endsWith("-scheduler") },
      }));
      await costsAsBilled(cluster, bill, 0.1);
    });

    await step("shutdown leaves nothing", async () => {
      assert.match(await tutorial.types("xcore shutdown"), /^Nothing is left\.$/m);
      assert.deepEqual(await instances(), []);
      assert.deepEqual(await namesOf("networks"), ["test"]);
      assert.deepEqual(await namesOf("firewalls"), []);
    });

    await step("doctor --fix removes what nothing knows of", async () => {
      const networks = `projects/${gce.project}/global/networks`;
      await gce.call("POST", networks, { name: id, autoCreateSubnetworks: false });
      const { code, stdout } = await cluster.xcore("doctor");
      assert.equal(code, 4, stdout);
      assert.match(
        stdout,
        /^✗ Orphans: .*network projects\/\S+\n {2}Remove them with `xcore doctor --fix`\.$/m,
      );
      assert.match(await page.types("xcore doctor --fix"), /^✓ Orphans: removed network projects\/\S+$/m);
      assert.deepEqual(await namesOf("networks"), ["test"]);
    });

    await step("a second cluster in a network that is there would make none", async () => {
      const said = await network.types("xcore -c second init gcp", own);
      assert.match(said, /^To make in us-central1, \d+ resources: a firewall that lets in /m);
      for (const reader of [tutorial, page, gpu, spot, network]) reader.hasReadAll();
    });

    await step("uninstall asks the cloud, and leaves nothing of two clusters in it", async () => {
      const uninstall = ["uninstall", "--yes"];
      const silent = { GOOGLE_COMPUTE_CUSTOM_ENDPOINT: "http://127.0.0.1:9" };
      const refused = await cluster.xcoreBeside(uninstall, silent).ended;
      assert.equal(refused.code, 1, refused.stdout);
      assert.match(
        refused.stderr,
        /^Cannot uninstall: cluster \S+ may still exist \(.*\)\n.* Run `xcore -c gcp shutdown`, then/m,
      );
      assert.ok(await clusterIdOf(cluster));
      assert.match(await cluster.ok(...uninstall), new RegExp(`^Removed ${cluster.root}\n`));
      await assert.rejects(Deno.stat(cluster.root), Deno.errors.NotFound);
    });
  });
});

/** Of no machine: what an impostor would show. */
const ANOTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D";

/** What a person does who wants to know what goes on in there. */
async function logsAndSsh(cluster: TestCluster): Promise<void> {
  assert.match(await cluster.ok("logs", "scheduler", "-n", "1000"), /: the scheduler starts$/m);
  const following = follow(cluster, "worker-0");
  await following.shows("worker-0 starts\n");
  assert.equal((await following.end()).split("worker-0 starts").length, 2, "it is there once");

  const there = await cluster.xcore("ssh", "worker-0", "--", "id -un; exit 7");
  assert.deepEqual([there.code, there.stdout], [7, "ubuntu\n"], there.stderr);
  assert.match(await cluster.ok("ssh", "scheduler", "--", "hostname -I"), /^10\.\d+\.0\.\d+ \n$/);

  const file = `${cluster.home}/known_hosts`;
  const known = await Deno.readTextFile(file);
  assert.equal(known.match(/^\S+ ssh-ed25519 /gm)?.length, 2, known);
  const lines = known.split("\n").filter((line) => line.includes(" ssh-ed25519 "));
  await Deno.writeTextFile(file, lines.map((line) => line.replace(/\S+$/, ANOTHER_KEY) + "\n").join(""));
  const shut = await cluster.xcore("ssh", "worker-0", "--", "echo I am in");
  assert.deepEqual([shut.code, shut.stdout], [255, ""]);
  assert.match(shut.stderr, /Host key verification failed/);
  await Deno.writeTextFile(file, known);
}
