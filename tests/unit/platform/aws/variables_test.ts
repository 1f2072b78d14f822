import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { awsVariables, type Found } from "../../../../lib/platform/aws/base.ts";
import { on } from "../../config/_on.ts";

const FOUND: Found = {
  region: "eu-west-2",
  scheduler: { type: "t2.small", zone: "eu-west-2b" },
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

Deno.test("awsVariables() makes the scheduler where it was placed, and in the subnets that are given", async () => {
  const text = "subnet_ids: [subnet-0a1b2c3d]\npublic_ip: false\n";
  const scheduler = { type: "t3.small", zone: "eu-west-2c" };
  const made = awsVariables(await config(text), { ...FOUND, scheduler });
  assert.deepEqual([made.scheduler_type, made.scheduler_zone], ["t3.small", "eu-west-2c"]);
  assert.deepEqual([made.subnet_ids, made.public_ip], [["subnet-0a1b2c3d"], false]);
});

Deno.test("awsVariables() has an empty key where no login is wanted", async () => {
  assert.equal(awsVariables(await config(), { ...FOUND, publicKey: null }).public_key, "");
});
