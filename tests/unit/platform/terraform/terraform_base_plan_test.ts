import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { awsVariables } from "../../../../lib/platform/aws/base.ts";
import { limits } from "../../../../lib/platform/aws/limits.ts";
import { describePlan } from "../../../../lib/platform/terraform/terraform_base.ts";
import type { Planned } from "../../../../lib/platform/terraform/terraform.ts";
import { homeOf } from "../../../../lib/config/home.ts";
import { machine } from "../../../support/machine.ts";
import { assertWording } from "../../../support/wording.ts";
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
  await using here = await machine();
  const { runtime } = here;
  const place = { runtime, home: homeOf(runtime), config };
  return await describePlan(place, planned, awsVariables(config, found), {
    types: TYPES,
    extraPrices: limits.extraPrices,
  });
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
  const cost = async (text: string) => (await words([made("aws_instance")], text))[1]!;
  const prices = "prices: {t2.small: 0.023, c5.xlarge: 0.17}\n";
  assertWording("prices", "all known", await cost(`worker_type: c5.xlarge\n${prices}`));
  const gpu = "pools: [{name: gpu, worker_type: g4dn.xlarge, max_workers: 2}]\n";
  assertWording("prices", "a pool's is not", await cost(`worker_type: c5.xlarge\n${prices}${gpu}`));
  assertWording("prices", "none known", await cost("worker_type: c5.xlarge\n"));
  assertWording("prices", "a burstable worker", await cost("prices: {t2.small: 0.023, t3.small: 0.021}\n"));
  const inside = "subnet_ids: [subnet-0a1b2c3d]\npublic_ip: false\n";
  assertWording("prices", "no public address", await cost(`worker_type: c5.xlarge\n${prices}${inside}`));
});

Deno.test("describePlan() has nothing to say where nothing is to be made", async () => {
  assert.deepEqual(await words([]), []);
});
