/** A home on the emulated EC2: what a person with an AWS account has before the first command. */

import { join } from "node:path";
import { type Ec2, type Ec2Options, terraformProvider, withEc2 } from "../../emulators/ec2.ts";
import { type Person, PYTHON, withPerson } from "../../emulators/person.ts";
import { type Surroundings, TestCluster, withHome } from "../local/harness.ts";

export { refused } from "../../emulators/refused.ts";

/** What the person's programs see of the account, and of this machine. */
export interface Account extends Person {
  readonly ec2: Ec2;
}

/** Runs `body` with a person who has an AWS account. */
export async function withAccount(
  options: Ec2Options,
  body: (account: Account) => Promise<void>,
): Promise<void> {
  await withPerson((person) =>
    withEc2(options, (ec2) => body({ ...person, ec2, env: { ...ec2.env, ...person.env } }))
  );
}

/** Runs `body` with an account and an empty home in it; what `body` starts is shut down at the end, which has to work. */
export async function withAwsHome(
  { name, ...options }: Ec2Options & Pick<Surroundings, "name">,
  body: (cluster: TestCluster, account: Account) => Promise<void>,
): Promise<void> {
  await withAccount(
    options,
    (account) => withHome((cluster) => body(cluster, account), { name, env: account.env }),
  );
}

/** `xcore init aws`, and what leads its Terraform to the emulated cloud. */
export async function initAws(cluster: TestCluster, account: Account, ...options: string[]): Promise<void> {
  await cluster.ok("init", "aws", "--python", PYTHON, ...options);
  await leadTerraform(account, cluster.home);
}

/**
 * Leads the Terraform of a home to the emulated cloud: by an override, as a person bends the templates.
 *
 * @param home a cluster's own folder
 */
export async function leadTerraform({ ec2 }: Account, home: string): Promise<void> {
  await Deno.writeTextFile(
    join(home, "terraform", "test_override.tf.json"),
    JSON.stringify({ provider: terraformProvider(ec2) }),
  );
}

/** How EC2 lists what a cluster stands on, and what it calls its ids. moto keeps the tags of what is deleted. */
const LISTS: Readonly<Record<string, string>> = {
  DescribeInstances: "instanceId",
  DescribeVolumes: "volumeId",
  DescribeKeyPairs: "keyPairId",
  DescribeSecurityGroups: "groupId",
  DescribeSubnets: "subnetId",
  DescribeRouteTables: "routeTableId",
  DescribeInternetGateways: "internetGatewayId",
  DescribeVpcs: "vpcId",
};

/** Ids of all that carries this cluster's id and is not gone, as EC2 itself tells it. */
export async function tagged({ ec2 }: Account, clusterId: string): Promise<string[]> {
  const gone = (await ec2.control.instances()).filter(({ state }) => state === "terminated").map(({ id }) =>
    id
  );
  const lists = Object.entries(LISTS).map(async ([action, name]) => {
    const text = await ask(
      ec2,
      `Action=${action}&Filter.1.Name=tag:xcore-cluster&Filter.1.Value.1=${clusterId}`,
    );
    return [...text.matchAll(new RegExp(`<${name}>([^<]+)<`, "g"))].map(([, id]) => id!);
  });
  return [...new Set((await Promise.all(lists)).flat())].filter((id) => !gone.includes(id)).sort();
}

/** The XML that EC2 answers a query with. */
export async function ask({ endpoint, env, region }: Ec2, query: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization:
        `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/20260101/${region}/ec2/aws4_request`,
    },
    body: `Version=2016-11-15&${query}`,
  });
  return await response.text();
}
