import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { awsVariables } from "../../../../lib/platform/aws/base.ts";
import { describePlan } from "../../../../lib/platform/terraform/terraform_base.ts";
import type { Planned } from "../../../../lib/platform/terraform/terraform.ts";
import { on } from "../../config/_on.ts";

const TYPES = {
  network: "aws_vpc",
  subnet: "aws_subnet",
  firewall: "aws_security_group",
  key: "aws_key_pair",
  instance: "aws_instance",
};

const made = (type: string, change: Planned["change"] = "create"): Planned => ({
  is: "planned",
  address: `${type}.this`,
  type,
  change,
});

async function words(planned: readonly Planned[], text = ""): Promise<readonly string[]> {
  const config = on(
    "aws",
    await parseConfig(`provider: aws\ncluster_id: xcore-0a1b2c3d\n${text}`, "config.yaml"),
  );
  const found = {
    region: "eu-west-2",
    scheduler: { type: config.schedulerType, zone: "eu-west-2a" },
    allowedRanges: ["192.0.2.7/32"],
    publicKey: null,
    userData: "",
  };
  return describePlan(config, planned, awsVariables(config, found), { types: TYPES });
}

const ALL = [
  "aws_vpc",
  "aws_subnet",
  "aws_subnet",
  "aws_route_table",
  "aws_security_group",
  "aws_key_pair",
  "aws_instance",
];

Deno.test("describePlan() says in one line what is made", async () => {
  assert.equal(
    (await words(ALL.map((type) => made(type))))[0],
    "To make in eu-west-2, 7 resources: a network, 2 subnets, a firewall that lets in 192.0.2.7/32, your SSH key, " +
      "the scheduler (t2.small, 20 GB disk).",
  );
  assert.equal((await words([made("aws_route")]))[0], "To make in eu-west-2, 1 resource.");
});

Deno.test("describePlan() says what it costs, as far as that is known", async () => {
  const cost = async (text: string) => (await words([made("aws_instance")], text))[1];
  assert.equal(
    await cost("worker_type: c5.xlarge\nprices: {t2.small: 0.023, c5.xlarge: 0.17}\n"),
    "Per hour: 0.023 US dollars for the scheduler (t2.small), 0.17 US dollars for each worker while it runs " +
      "(c5.xlarge). Disks and public addresses come on top.",
  );
  assert.equal(
    await cost(
      "worker_type: c5.xlarge\nprices: {t2.small: 0.023}\nsubnet_ids: [subnet-0a1b2c3d]\npublic_ip: false\n",
    ),
    "Per hour: 0.023 US dollars for the scheduler (t2.small). The price of c5.xlarge is not known: name it under " +
      "`prices` in the config. Disks come on top.",
  );
});

Deno.test("describePlan() has nothing to say where nothing is to be made", async () => {
  assert.deepEqual(await words([]), []);
});
