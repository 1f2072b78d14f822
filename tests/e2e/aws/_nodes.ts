/** Instances that boot real user data, seen from outside and from inside. */

import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  RunInstancesCommand,
} from "npm:@aws-sdk/client-ec2@3.1169.0";
import type { Role, TlsFiles } from "../../../lib/dask/tls_files.ts";
import type { SchedulerClient } from "../../../lib/dask/scheduler_client.ts";
import type { BootPython, BootTls, SchedulerBootFacts } from "../../../lib/platform/boot/boot_facts.ts";
import { bundleOf } from "../../../lib/platform/boot/boot_script.ts";
import type { CloudInstance } from "../../emulators/control.ts";
import type { Ec2 } from "../../emulators/ec2.ts";
import { USER_ADDRESS } from "../../emulators/person.ts";
import { accountClient } from "./_account.ts";

/** The most that is waited for anything, on a machine that is busy with other tests. */
const PATIENCE_S = 120;

/** A network whose instances reach each other, and are reached by the user at the cluster's ports. */
export class Nodes {
  private constructor(
    readonly ec2: Ec2,
    private readonly client: EC2Client,
    private readonly subnet: string,
    private readonly group: string,
  ) {}

  static async in(ec2: Ec2): Promise<Nodes> {
    const client = accountClient(ec2);
    const { Subnets: [subnet] = [] } = await client.send(new DescribeSubnetsCommand({}));
    const { GroupId: group } = await client.send(
      new CreateSecurityGroupCommand({ GroupName: "nodes", Description: "nodes", VpcId: subnet!.VpcId }),
    );
    const user = [{ CidrIp: `${USER_ADDRESS}/32` }];
    await client.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group,
        IpPermissions: [
          { IpProtocol: "tcp", FromPort: 8786, ToPort: 8787, IpRanges: user },
          { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: group }] },
        ],
      }),
    );
    return new Nodes(ec2, client, subnet!.SubnetId!, group!);
  }

  /** Launches in one call; returns when all of them run. */
  async launch(
    userData: Uint8Array,
    count = 1,
    ImageId = "ami-0a24040000000002a",
  ): Promise<CloudInstance[]> {
    const { Instances = [] } = await this.client.send(
      new RunInstancesCommand({
        ImageId,
        InstanceType: "t3.small",
        MinCount: count,
        MaxCount: count,
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        InstanceInitiatedShutdownBehavior: "terminate",
        NetworkInterfaces: [{
          DeviceIndex: 0,
          SubnetId: this.subnet,
          Groups: [this.group],
          AssociatePublicIpAddress: true,
        }],
        UserData: userData.toBase64(),
      }),
    );
    const ids = new Set(Instances.map(({ InstanceId }) => InstanceId!));
    return await until("instances to run", async () => {
      const ours = (await this.ec2.control.instances()).filter(({ id }) => ids.has(id));
      return ours.every(({ state }) => state === "running") && ours;
    });
  }

  /** The instance as it is now. */
  async now(id: string): Promise<CloudInstance> {
    return (await this.ec2.control.instances()).find((instance) => instance.id === id)!;
  }

  /** What `GetConsoleOutput` shows of it now. */
  async console(id: string): Promise<string> {
    const { Output = "" } = await this.client.send(
      new GetConsoleOutputCommand({ InstanceId: id, Latest: true }),
    );
    return new TextDecoder().decode(Uint8Array.fromBase64(Output));
  }

  /** What a script prints that runs inside, as root. */
  async inside(id: string, script: string): Promise<string> {
    const { pids: [first] } = await this.now(id);
    const { stdout, stderr } = await new Deno.Command("nsenter", {
      args: ["--all", "--root", "--wd", `--target=${first}`, "bash", "-c", script],
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout) + decoder.decode(stderr);
  }
}

/** The certificates of one role as user data carries them. */
export async function nodeTls(tls: TlsFiles, role: Exclude<Role, "client">): Promise<BootTls> {
  return {
    authority: await Deno.readTextFile(tls.caFile),
    certificate: await Deno.readTextFile(tls[role].certFile),
    key: await Deno.readTextFile(tls[role].keyFile),
  };
}

/** The first answer that is not false. */
export async function until<T>(what: string, look: () => Promise<T | false>): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_S * 1000;
  for (;;) {
    const found = await look();
    if (found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`waited ${PATIENCE_S} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Hands a scheduler's instance its bundle as soon as it waits for it, as `xcore start` does. */
export async function handOverTo(client: SchedulerClient, facts: SchedulerBootFacts): Promise<void> {
  await until(
    "the scheduler's instance to take its bundle",
    () => client.handOver(bundleOf("scheduler", facts)).then(() => true, () => false),
  );
}

/** A Dask client's script, run by the tests' Python with the cluster's certificates; what it prints. */
export async function daskClient(url: string, tls: TlsFiles, script: string): Promise<string> {
  const { caFile, client: { certFile, keyFile } } = tls;
  const begin = `
import sys
from distributed import Client, Security
url, ca, cert, key = sys.argv[1:]
security = Security(require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key)
client = Client(url, security=security)
`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.env.get("XCORE_TEST_PYTHON")!, {
    args: ["-c", begin + script, url, caFile, certFile, keyFile],
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout).trim();
}

export type { BootPython };
