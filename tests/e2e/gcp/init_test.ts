import assert from "node:assert/strict";
import { join } from "node:path";
import { PYTHON } from "../../emulators/person.ts";
import { refused } from "../../emulators/refused.ts";
import type { TestCluster } from "../local/harness.ts";
import { leftByPlan } from "../../emulators/starting.ts";
import { type Project, standing, withGcpHome } from "./_gcp_home.ts";

const INIT = ["init", "gcp", "--python", PYTHON, "--project", "test-project"];

/** A test in a project where nothing boots. */
function test(name: string, body: (cluster: TestCluster, project: Project) => Promise<void>): void {
  Deno.test(name, () => withGcpHome({}, body));
}

test(
  "init gcp takes the region from the zone, writes config and templates, and keeps them when it is run again",
  async (cluster, { gce }) => {
    await gce.control("access", { resource_manager_enabled: true });
    const none = { GOOGLE_DEFAULT_AVAILABILITY_ZONE: "" };
    const zoneless = await refused(cluster, 4, INIT, none);
    assert.match(
      zoneless.stdout,
      /^✗ Zones: no zone is named\n {2}Name one: `xcore init gcp .*--project test-project --zone europe-west2-b`\.$/m,
    );
    const { code, stdout, stderr } = await cluster.xcoreBeside(
      [...INIT, "--zone", "northamerica-northeast1-b"],
      none,
    ).ended;
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout, /^[✗!]/m);
    assert.match(stdout, /^✓ Your address: 198\.19\.0\.1\/32 may reach the cluster$/m);
    assert.match(stdout, /^✓ Zones: northamerica-northeast1-b$/m);
    assert.equal((await cluster.ok("config", "get", "region_name")).trim(), "northamerica-northeast1");
    const terraform = join(cluster.home, "terraform");
    for (const path of ["network.tf", "scheduler.tf", ".terraform", ".terraform.lock.hcl"]) {
      assert.ok(await Deno.stat(join(terraform, path)), path);
    }
    const before = await Deno.readTextFile(join(cluster.home, "config.yaml"));
    assert.match(await cluster.ok("init", "gcp"), /^Kept the existing configuration /m);
    assert.equal(await Deno.readTextFile(join(cluster.home, "config.yaml")), before);
    const { lines } = await refused(cluster, 2, ["init", "gcp", "--project", "other"]);
    assert.equal(lines[1], "Change it with `xcore config set project_name other`.");
  },
);

test(
  "init gcp shows all that is missing at once, each with its fix, and writes nothing",
  async (cluster, { gce }) => {
    await gce.control("access", { denied: ["compute.firewalls.create"], resource_manager_enabled: true });
    const { lines, stdout } = await refused(cluster, 4, INIT, { PATH: "/nonexistent", SSH_PUBLIC_KEY: "" });
    assert.match(lines[0]!, /^3 checks failed \(see above\)$/);
    assert.match(stdout, /^✗ Terraform: .*\n {2}Install Terraform/m);
    assert.match(stdout, /^✗ SSH key: SSH_PUBLIC_KEY is not set\n {2}ssh-keygen /m);
    assert.match(
      stdout,
      /^✗ Permissions: missing: compute\.firewalls\.create\n {2}Have it granted: `gcloud projects add-iam-policy-binding test-project/m,
    );
    assert.match(stdout, /^✓ Quota: /m);
    await assert.rejects(Deno.stat(join(cluster.home, "config.yaml")), Deno.errors.NotFound);

    const { stdout: noZone } = await refused(cluster, 4, INIT, {
      GOOGLE_DEFAULT_AVAILABILITY_ZONE: "us-central1-z",
    });
    assert.match(
      noZone,
      /^✗ Zones: there is no zone us-central1-z\n {2}Name another: `xcore init gcp .*--zone ZONE`; `gcloud compute zones list`/m,
    );
    await gce.control("access", { denied: [], api_enabled: false });
    const { stdout: disabled } = await refused(cluster, 4, INIT);
    assert.match(disabled, /Compute Engine API has not been used in project \d+/);
    assert.match(disabled, /`gcloud services enable compute\.googleapis\.com --project=\d+`/);
  },
);

test(
  "doctor shows image, accelerator and quota that a changed config would lack, all at once",
  async (cluster, { gce }) => {
    await cluster.ok(...INIT);
    await gce.control("limits", { region_quotas: { CPUS: 8, NVIDIA_T4_GPUS: 1 } });
    const gpu = [
      "worker_type",
      "n1-standard-4",
      "accelerator_type",
      "nvidia-tesla-t4",
      "accelerator_count",
      "1",
    ];
    await cluster.ok("config", "set", "image_name", "ubuntu-9904", "max_workers", "3", ...gpu);
    const { stdout } = await refused(cluster, 4, ["doctor"]);
    assert.match(stdout, /^✗ Image: ubuntu-os-cloud has neither an image nor a family ubuntu-9904$/m);
    assert.match(
      stdout,
      /^✗ Image: .*\n {2}Name another with `xcore config set image_name NAME image_owner PROJECT`/m,
    );
    assert.match(
      stdout,
      /^! Quota: CPUS 8 of 8 left, 13 wanted; NVIDIA_T4_GPUS 1 of 1 left, 3 wanted.*\n {2}Ask for more under IAM & Admin → Quotas/m,
    );
    const t5 = await refused(cluster, 1, ["config", "set", "accelerator_type", "nvidia-tesla-t5"]);
    assert.match(
      t5.lines[0]!,
      /there is no nvidia-tesla-t5 in us-central1-a, only nvidia-l4, nvidia-tesla-t4/,
    );
    assert.match(t5.lines[1]!, /^`gcloud compute accelerator-types list` shows which zones have it/);
  },
);

test(
  "start --plan says what would be made, in an existing network less, and makes nothing",
  async (cluster, project) => {
    await cluster.ok(...INIT);
    const id = (await cluster.ok("config", "get", "cluster_id")).trim();
    const own = await cluster.ok("start", "--plan");
    assert.match(
      own,
      /^To make in us-central1, 5 resources: a network, 1 subnet, a firewall that lets in 198\.19\.0\.1\/32/,
    );
    await cluster.ok("config", "set", "network", "test", "public_ip", "false");
    const existing = await cluster.ok("start", "--plan");
    assert.match(
      existing,
      /^To make in us-central1, 3 resources: a firewall that lets in 198\.19\.0\.1\/32, the scheduler/,
    );
    assert.deepEqual(await standing(project, id), []);
    assert.deepEqual(await leftByPlan(cluster), []);
  },
);
