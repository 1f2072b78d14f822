import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { awsVariables, type Found } from "../../../../lib/platform/aws/base.ts";
import { on } from "../../config/_on.ts";

const FOUND: Found = {
  region: "eu-west-2",
  schedulerZones: ["eu-west-2b", "eu-west-2c"],
  allowedRanges: ["192.0.2.7/32"],
  publicKey: "ssh-ed25519 AAAA",
  userData: "H4sI",
};

const config = async (text = "") =>
  on("aws", await parseConfig(`provider: aws\ncluster_id: xcore-0a1b2c3d\n${text}`, "config.yaml"));

Deno.test("awsVariables() gives every variable that the templates declare, and no other", async () => {
  const declared = await Deno.readTextFile(
    new URL("../../../../terraform/aws/variables.tf", import.meta.url),
  );
  const names = [...declared.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name).sort();
  assert.deepEqual(Object.keys(awsVariables(await config(), FOUND)).sort(), names);
});

Deno.test("awsVariables() puts the scheduler into a worker's zone where that has its type", async () => {
  const zoneOf = async (text: string) => awsVariables(await config(text), FOUND).scheduler_zone;
  assert.equal(await zoneOf("zones: [eu-west-2a, eu-west-2c]\n"), "eu-west-2c");
  assert.equal(await zoneOf("zones: [eu-west-2a]\n"), "eu-west-2b");
  assert.equal(await zoneOf(""), "eu-west-2b");
});

Deno.test("awsVariables() leaves the zone to the subnets that are given", async () => {
  const text = "subnet_ids: [subnet-0a1b2c3d]\npublic_ip: false\n";
  const { scheduler_zone, subnet_ids, public_ip } = awsVariables(await config(text), FOUND);
  assert.deepEqual([scheduler_zone, subnet_ids, public_ip], [null, ["subnet-0a1b2c3d"], false]);
});

Deno.test("awsVariables() has an empty key where no login is wanted", async () => {
  assert.equal(awsVariables(await config(), { ...FOUND, publicKey: null }).public_key, "");
});
