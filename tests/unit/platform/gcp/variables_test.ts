import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { type Found, gcpVariables } from "../../../../lib/platform/gcp/base.ts";
import { on } from "../../config/_on.ts";

const FOUND: Found = {
  project: "my-lab-123456",
  scheduler: { type: "f1-micro", zone: "northamerica-northeast1-b" },
  network: null,
  image: "https://compute.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/noble",
  allowedRanges: ["192.0.2.7/32"],
  publicKey: "ssh-ed25519 AAAA",
  startupScript: "#!/bin/bash\n",
};

const config = async (text = "") =>
  on(
    "gcp",
    await parseConfig(
      `provider: gcp\ncluster_id: xcore-0a1b2c3d\nzone_name: northamerica-northeast1-b\n${text}`,
      "config.yaml",
    ),
  );

Deno.test("gcpVariables() gives every variable that the templates declare, and no other", async () => {
  const declared = await Deno.readTextFile(
    new URL("../../../../terraform/gcp/variables.tf", import.meta.url),
  );
  const names = [...declared.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name).sort();
  assert.deepEqual(Object.keys(gcpVariables(await config(), FOUND)).sort(), names);
});

Deno.test("gcpVariables() knows the region by the zone", async () => {
  assert.equal(gcpVariables(await config(), FOUND).region_name, "northamerica-northeast1");
});

Deno.test("gcpVariables() makes the scheduler where it was placed, with a disk that its type can have", async () => {
  const scheduler = { type: "c4-standard-2", zone: "northamerica-northeast1-c" };
  const made = gcpVariables(await config(), { ...FOUND, scheduler });
  assert.deepEqual(
    [made.scheduler_type, made.zone_name, made.disk_type],
    ["c4-standard-2", "northamerica-northeast1-c", "hyperdisk-balanced"],
  );
});

Deno.test("gcpVariables() has the rules of a shared VPC made in its host project", async () => {
  const network = { network: "projects/h/global/networks/n", subnetwork: "projects/h/…/s", project: "h" };
  const variables = gcpVariables(await config("network: projects/hosts/global/networks/n\n"), {
    ...FOUND,
    network,
  });
  assert.deepEqual(
    [variables.network, variables.subnetwork, variables.network_project, variables.project_name],
    [network.network, network.subnetwork, "h", "my-lab-123456"],
  );
  assert.equal(gcpVariables(await config(), FOUND).network_project, "my-lab-123456");
});

Deno.test("gcpVariables() lets the configured user in with the key, or no user", async () => {
  assert.equal(gcpVariables(await config(), FOUND).ssh_keys, "ubuntu:ssh-ed25519 AAAA");
  assert.equal(
    gcpVariables(await config("user_name: ann\n"), FOUND).ssh_keys,
    "ann:ssh-ed25519 AAAA",
  );
  assert.equal(gcpVariables(await config(), { ...FOUND, publicKey: null }).ssh_keys, "");
});
