import assert from "node:assert/strict";
import { applyTemplates } from "../../emulators/starting.ts";
import { PYTHON } from "../../emulators/person.ts";
import { layOldHome } from "../old_home.ts";
import { type TestCluster, until } from "../local/harness.ts";
import { type Project, standing, withGcpHome } from "./_gcp_home.ts";

const HOME = new URL("fixtures/home_fc3a1b1.json", import.meta.url);
const CLUSTER_ID = "xcore-ed8a5528";
const ATTEMPT = "b05c9b9b1a2f3d4e5f607182";

Deno.test("a cluster on gcp that an older program has started is shown, and shut down to nothing", () =>
  withGcpHome({}, async (cluster, project) => {
    await layOldHome(cluster.home, HOME, CLUSTER_ID, {
      PYTHON,
      PUBLIC_KEY: project.publicKey,
      ADDRESS_URL: project.env.XCORE_ADDRESS_URL!,
      ENDPOINT: new URL(project.gce.endpoint).origin,
    });
    await applyTemplates(cluster, project.env);
    await launchWorker(project, cluster);

    const { cluster: { state }, workers, problems } = await cluster.status();
    assert.equal(state, "degraded");
    assert.deepEqual(workers.map(({ name, type }) => [name, type]), [["worker-0", "f1-micro"]]);
    assert.ok(problems.some(({ code }) => code === "scheduler_unreachable"), JSON.stringify(problems));

    assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
    assert.deepEqual(await standing(project, CLUSTER_ID), []);
    assert.equal((await cluster.status()).cluster.state, "down");
  }));

/** As that program launched it. */
async function launchWorker(project: Project, { home }: TestCluster): Promise<void> {
  const { gce } = project;
  const outputs = JSON.parse(await Deno.readTextFile(`${home}/terraform/outputs.json`));
  const name = `${CLUSTER_ID}-worker-0`;
  await gce.call("POST", `projects/${gce.project}/zones/${gce.zone}/instances/bulkInsert`, {
    count: "1",
    minCount: "1",
    perInstanceProperties: { [name]: {} },
    instanceProperties: {
      machineType: "f1-micro",
      labels: {
        "xcore-cluster": CLUSTER_ID,
        "xcore-role": "worker",
        "xcore-request": ATTEMPT,
        "xcore-pool": "default",
      },
      tags: { items: [CLUSTER_ID] },
      networkInterfaces: [{ subnetwork: outputs.subnetwork.value }],
      disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: outputs.image.value } }],
    },
  });
  await until(
    "the worker's instance is there",
    () => standing(project, CLUSTER_ID),
    (paths) => paths.some((path) => path.endsWith(`/${name}`)),
    120,
  );
}
