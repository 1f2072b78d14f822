/** An emulated account with a network, and clusters that stand on it. */

import {
  CreateSecurityGroupCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "npm:@aws-sdk/client-ec2@3.1169.0";
import type { Home } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import type { AwsOutputs } from "../../../lib/platform/aws/base.ts";
import { provider as awsProvider } from "../../../lib/platform/aws/provider.ts";
import type { UserData } from "../../../lib/platform/boot/user_data.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import { outputsFile } from "../../../lib/platform/terraform/state_file.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import type { Ec2 } from "../../emulators/ec2.ts";
import { placeWith } from "../../unit/config/_home.ts";
import { on } from "../../unit/config/_on.ts";
import { outputsText } from "../../unit/platform/aws/_outputs.ts";

/** One cluster's place in the account. */
export interface AwsCluster extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly home: Home;
  readonly clusterId: string;
  readonly base: AwsOutputs;
  readonly provider: Provider;
  /** As if Terraform had made this. */
  write(base: AwsOutputs): Promise<void>;
  /** The provider as another process would have it, which may read another config. */
  again(config?: string): Promise<Provider>;
}

/** What a cluster's provider is made with. */
export interface AwsClusterOptions {
  readonly clusterId?: string;
  /** Further lines of config.yaml. */
  readonly config?: string;
  readonly userData?: UserData;
}

const SCRIPT = new TextEncoder().encode("#!/bin/bash\necho booted\n");

/** Lets the SDK in this process find the emulated cloud, and nothing else. */
function useCloud(ec2: Ec2): void {
  for (const [name, value] of Object.entries(ec2.env)) Deno.env.set(name, value);
}

/** The account's own client, which is no part of what is tested. */
export function accountClient(ec2: Ec2): EC2Client {
  useCloud(ec2);
  // Whom xcore's policy does not bind: ec2/policy.py.
  const customUserAgent = "a-test";
  return new EC2Client({ endpoint: ec2.endpoint, region: ec2.region, maxAttempts: 1, customUserAgent });
}

let groups = 0;

/** Of a cluster that bears the same name as all others. */
function newId(): string {
  return `xcore-${crypto.randomUUID().slice(0, 8)}`;
}

/** A cluster on the account's network, as Terraform would have left it. */
export async function awsCluster(ec2: Ec2, options: AwsClusterOptions = {}): Promise<AwsCluster> {
  const { clusterId = newId(), userData = () => Promise.resolve(SCRIPT) } = options;
  useCloud(ec2);
  const place = await placeWith(null);
  const { runtime, home } = place;
  const base = await baseIn(ec2);
  await Deno.mkdir(home.terraform);
  const write = (base: AwsOutputs) => Deno.writeTextFile(outputsFile(home), outputsText(base));
  await write(base);
  const again = async (config = options.config ?? "") => {
    const text = `provider: aws\ncluster_id: ${clusterId}\nregion_name: ${ec2.region}\n${config}`;
    return awsProvider({ runtime, home, config: on("aws", await parseConfig(text, home.config)) }, userData);
  };
  return {
    ...{ runtime, home, clusterId, base, write, again, provider: await again() },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

async function baseIn(ec2: Ec2): Promise<AwsOutputs> {
  const client = accountClient(ec2);
  const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
  const name = `group-${groups++}`;
  const { GroupId } = await client.send(
    new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: Subnets[0]!.VpcId }),
  );
  return {
    region: ec2.region,
    subnets: Object.fromEntries(
      Subnets.map(({ AvailabilityZone, SubnetId }) => [AvailabilityZone!, SubnetId!]).sort().slice(0, 2),
    ),
    securityGroupId: GroupId!,
    keyName: null,
    imageId: "ami-0a24040000000002a",
    rootDeviceName: "/dev/sda1",
    schedulerInstanceId: "i-00000000000000001",
    schedulerPrivateIp: "10.0.0.4",
    schedulerPublicIp: null,
  };
}
