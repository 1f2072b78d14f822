import assert from "node:assert/strict";
import { PYTHON } from "../../emulators/person.ts";
import { refused } from "../../emulators/refused.ts";
import {
  allMade,
  clusterIdOf,
  interruptedStart,
  startWithKilledTerraform,
  terraform,
} from "../../emulators/starting.ts";
import { stepsOf } from "../../emulators/walk.ts";
import { type TestCluster, until, withHome } from "../local/harness.ts";
import { type Project, standing, withGcpHome, withProject } from "./_gcp_home.ts";

// Nothing boots here, so no scheduler ever answers: each start is interrupted once all is made.

async function init(cluster: TestCluster, { gce }: Project): Promise<string> {
  await cluster.ok("init", "gcp", "--python", PYTHON, "--project", gce.project);
  return await clusterIdOf(cluster);
}

Deno.test("start on gcp: Terraform is killed, interrupted, and comes to its end; a plan is empty then, and shutdown leaves nothing", async (t) => {
  const step = stepsOf(t);
  await withGcpHome({}, async (cluster, project) => {
    const { gce } = project;
    const id = await init(cluster, project);
    const network = `global/networks/${id}`;

    await step("a Terraform that was killed leaves what doctor finds and removes", async () => {
      await gce.control("times", { network_s: 10 }); // so that it cannot have written down what it asked for
      await gce.control("calls", { reset: true });
      const asked = async () => (await gce.control<Record<string, number>>("calls"))["POST networks"] === 1;
      const { code, stderr } = await startWithKilledTerraform(cluster, asked);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^Cannot make what the cluster stands on: Terraform was killed in the middle$/m);
      await until(
        "the network is made nevertheless",
        () => standing(project, id),
        (paths) => paths.includes(network),
        120,
      );
      await gce.control("times", { network_s: 0 });
      const { stdout } = await refused(cluster, 4, ["doctor"]);
      assert.match(stdout, new RegExp(`^✗ Orphans: .*network projects/${gce.project}/${network}$`, "m"));
      assert.match(stdout, /^ {2}Remove them with `xcore doctor --fix`\.$/m);
      // The exit code is for the scheduler, which is missing.
      assert.match(
        (await cluster.xcore("doctor", "--fix")).stdout,
        /^✓ Orphans: removed network projects\//m,
      );
      assert.deepEqual(await standing(project, id), []);
    });

    await step("after Ctrl-C nothing is lost", async () => {
      const isMade = async () => (await standing(project, id)).includes(network);
      const { code, stderr } = await interruptedStart(cluster, isMade);
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^Stopping cleanly; /m);
      assert.match(
        stderr,
        new RegExp(`^Interrupted; the cluster has: .*network projects/${gce.project}/${network}`, "m"),
      );
      assert.match((await cluster.xcore("doctor")).stdout, /^✓ Orphans: none$/m);
    });

    await step("start goes on from there, and a plan after it is empty", async () => {
      const { code, stderr } = await interruptedStart(cluster, allMade(cluster));
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^Run `xcore start` again to continue, or `xcore shutdown` to remove it\.$/m);
      assert.match(
        await terraform(cluster, project.env, "plan", "-input=false", "-no-color"),
        /^No changes\./m,
      );
      assert.deepEqual(
        await standing(project, id),
        [
          ...["global/firewalls/ID-inside", "global/firewalls/ID-outside", "global/networks/ID"],
          ...[`regions/${gce.region}/subnetworks/ID`, `zones/${gce.zone}/instances/ID-scheduler`],
        ].map((path) => path.replace("ID", id)),
      );
      assert.match(await cluster.ok("url"), /^tls:\/\/198\.18\.\d+\.\d+:8786$/m);
    });

    await step(
      "shutdown leaves nothing, again and again, and a cluster of the same name as it was",
      async () => {
        const before = await namesake(project);
        for (const _ of [1, 2]) {
          assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
          assert.deepEqual(await standing(project, id), []);
        }
        assert.deepEqual(await standing(project, NAMESAKE), before);
      },
    );
  });
});

Deno.test("a person's variables for Terraform reach none of xcore's runs, which make the next type where one is sold out", () =>
  withProject({}, (project) => {
    const elsewhere = {
      TF_WORKSPACE: "thesis",
      TF_DATA_DIR: "elsewhere",
      TF_VAR_cluster_id: "thesis",
      TF_CLI_ARGS: "-no-such-option",
    };
    return withHome(async (cluster) => {
      const id = await init(cluster, project);
      const { gce } = project;
      await gce.control("limits", { stock: [{ zone: gce.zone, type: "f1-micro", left: 0 }] });
      const { code, stderr } = await interruptedStart(cluster, allMade(cluster));
      assert.equal(code, 130, stderr);
      assert.match(
        stderr,
        /^There is no f1-micro in us-central1-a now: making the scheduler an e2-small in us-central1-a instead\.$/m,
      );
      const scheduler = `projects/${gce.project}/zones/${gce.zone}/instances/${id}-scheduler`;
      assert.match((await gce.call<{ machineType: string }>("GET", scheduler)).machineType, /\/e2-small$/);
      assert.equal((await standing(project, id)).length, 5);
      assert.ok((await Deno.stat(`${cluster.home}/terraform/terraform.tfstate`)).size > 1000);
      assert.match(await cluster.ok("shutdown", "--yes"), /^Nothing is left\.$/m);
      assert.deepEqual(await standing(project, id), []);
    }, { env: { ...project.env, ...elsewhere } });
  }));

const NAMESAKE = "xcore-99999999";

/** Another person's cluster in the project, whose name is the same: what of it is there. */
async function namesake(project: Project): Promise<string[]> {
  const { gce } = project;
  const global = `projects/${gce.project}/global`;
  await gce.call("POST", `${global}/networks`, { name: NAMESAKE, autoCreateSubnetworks: false });
  const network = `${global}/networks/${NAMESAKE}`;
  const firewall = { name: `${NAMESAKE}-inside`, network, sourceTags: [NAMESAKE], targetTags: [NAMESAKE] };
  await gce.call("POST", `${global}/firewalls`, { ...firewall, allowed: [{ IPProtocol: "all" }] });
  await gce.call("POST", `projects/${gce.project}/zones/${gce.zone}/instances`, {
    name: `${NAMESAKE}-scheduler`,
    machineType: "e2-small",
    labels: { "xcore-cluster": NAMESAKE, "xcore-role": "scheduler" },
    networkInterfaces: [{ subnetwork: gce.subnetwork }],
    disks: [{ boot: true, initializeParams: { sourceImage: IMAGE } }],
  });
  return await until(
    "the namesake is there",
    () => standing(project, NAMESAKE),
    ({ length }) => length === 3,
    120,
  );
}

const IMAGE = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64";
