import assert from "node:assert/strict";
import { join } from "node:path";
import { blocksOf, Reader } from "../e2e/page.ts";
import { ROOT } from "../runner/programs.ts";
import { withGcpHome } from "./_gcp_home.ts";

/** Patience with a cloud that has other things to do. */
const TIMEOUT_S = 180;

const LONG_TASK = `
import time
from distributed import Client
from crosscore import cluster
client = Client(cluster.get_url())
print(client.submit(lambda: (time.sleep(20), "done")[1]).result())
`;

Deno.test("docs/gcp.md, typed from its first command to its last: from init to nothing left, with a job, a GPU and a preemption", async (t) => {
  /** One that fails leaves nothing to go on with. */
  const step = async (name: string, body: () => Promise<void>) => assert.ok(await t.step(name, body), name);
  await withGcpHome({ boot: true }, async (cluster, { gce }) => {
    const reader = new Reader(cluster, await blocksOf("docs/gcp.md"), { folder: ROOT });
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

    await step("init checks the project and writes the config", async () => {
      await Deno.mkdir(join(cluster.folder, ".ssh"));
      await reader.types("ssh-keygen");
      const said = await reader.types("xcore init gcp", own);
      assert.match(said, /^✓ Google credentials: /m);
      assert.match(said, /^✓ SSH key: .*\/\.ssh\/id_ed25519\.pub \(ssh-ed25519\)$/m);
      assert.doesNotMatch(said, /^[✗!]/m);
      id = (await cluster.ok("config", "get", "cluster_id")).trim();
    });

    await step("start --plan says what would be made, and makes nothing", async () => {
      const said = await reader.types("xcore start --plan");
      assert.match(said, /^To make in us-central1, \d+ resources: a network, 1 subnet, .*the scheduler /m);
      assert.deepEqual(await namesOf("networks"), ["test"]);
    });

    await step("start makes it and waits for the scheduler; a second one changes nothing", async () => {
      assert.match(
        await reader.types("xcore start"),
        /^The cluster is running: tls:\/\/198\.18\.\d+\.\d+:8786$/m,
      );
      assert.match(await cluster.ok("start"), /^The cluster was running already: .* Nothing was changed\.$/m);
      assert.equal(await cluster.ok("start", "--plan"), "There is nothing to make: the cluster is up.\n");
    });

    await step("a job with a 3 MB input runs from no worker on two, which leave", async () => {
      await cluster.ok("config", "set", "max_idle_time_s", "5");
      assert.match(await reader.types("fan_out.py"), /The same as counted here\.\n$/);
      assert.match(await reader.types("xcore status"), /^xcore \(gcp\): running/m);
      await cluster.until("the workers have left", ({ workers }) => workers.length === 0, TIMEOUT_S);
    });

    await step("a worker with a GPU takes the task that asks for one", async () => {
      const [said, { workers }] = await Promise.all([
        reader.types("set_worker_type"),
        cluster.until("it is asked for", ({ workers }) => workers.length > 0, TIMEOUT_S),
      ]);
      assert.equal(said.trim(), "42");
      const [{ type, accelerator } = { type: "", accelerator: "" }] = workers;
      assert.deepEqual([type, accelerator], ["n1-standard-4", "nvidia-tesla-t4"]);
      await reader.types("config set pools");
      assert.match(await cluster.ok("config", "get", "pools"), /nvidia-tesla-t4/);
    });

    await step("a preempted worker is replaced, and its task runs again", async () => {
      await reader.types("config set market spot");
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

    await step("allow lets this machine in, and doctor finds nothing that has to be mended", async () => {
      assert.match(await reader.types("xcore allow"), /^May reach the cluster now: 198\.19\.0\.1\/32$/m);
      const said = await reader.types("xcore doctor");
      assert.match(said, /^✓ Certificates: /m);
      assert.match(said, /^✓ Orphans: there are none$/m);
    });

    await step("restart replaces the scheduler alone", async () => {
      const idOf = async (path: string) =>
        (await gce.call<{ id: string }>("GET", `projects/${gce.project}/${path}`)).id;
      const ids = () =>
        Promise.all([idOf(`zones/${gce.zone}/instances/${id}-scheduler`), idOf(`global/networks/${id}`)]);
      const [scheduler, network] = await ids();
      await reader.types("xcore restart");
      const [another, same] = await ids();
      assert.notEqual(another, scheduler);
      assert.equal(same, network);
      await cluster.until(
        "the cluster runs, and nothing is wrong",
        ({ cluster, problems }) => cluster.state === "running" && problems.length === 0,
        TIMEOUT_S,
      );
    });

    await step("shutdown leaves nothing", async () => {
      assert.match(await reader.types("xcore shutdown"), /^Nothing is left\.$/m);
      const { items } = await gce.call<{ items: Record<string, { instances?: unknown[] }> }>(
        "GET",
        `projects/${gce.project}/aggregated/instances?filter=${
          encodeURIComponent(`labels.xcore-cluster=${id}`)
        }`,
      );
      assert.deepEqual(Object.values(items).flatMap(({ instances = [] }) => instances), []);
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
      assert.match(await reader.types("xcore doctor --fix"), /^✓ Orphans: removed network projects\/\S+$/m);
      assert.deepEqual(await namesOf("networks"), ["test"]);
    });

    await step("a second cluster in a network that is there would make none", async () => {
      const said = await reader.types("xcore -c second init gcp", own);
      assert.match(said, /^To make in us-central1, \d+ resources: a firewall that lets in /m);
      reader.hasReadAll();
    });
  });
});
