/**
 * The AWS SDK as this provider uses it; no other file imports it. It takes a tenth of a second to load and 70 MB to hold:
 * import this file when it is needed, not before.
 * @module
 */

import {
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteKeyPairCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteSubnetCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypeOfferingsCommand,
  type DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  EC2Client,
  type Filter,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type Tag,
  TerminateInstancesCommand,
} from "npm:@aws-sdk/client-ec2@3.1169.0";
import { GetCallerIdentityCommand, STSClient } from "npm:@aws-sdk/client-sts@3.1169.0";
import { FetchHttpHandler } from "npm:@smithy/fetch-http-handler@5.8.1";

export type {
  Instance as Ec2Instance,
  InstanceTypeInfo,
  RunInstancesCommandInput,
  Tag,
} from "npm:@aws-sdk/client-ec2@3.1169.0";

/** A session with AWS. */
export type Aws = ReturnType<typeof connectAws>;

/** Looking again harms nobody; between the attempts the SDK waits, longer each time and with jitter. */
const LOOK_ATTEMPTS = 3;
/** What changes something is tried again by the plan alone. */
const CHANGE_ATTEMPTS = 1;
/** The header has whole seconds, and was on its way for a while. */
const CLOCK_NOISE_MS = 5_000;
/** A RunInstances of 1,000 takes a while. */
const TIMEOUT_MS = 60_000;

/**
 * A session with AWS. Region (unless given), credentials and endpoints are found as AWS's own tools find them: environment,
 * shared files and profiles, SSO, a process, or the machine's role.
 *
 * @param nowMs wall clock, milliseconds since 1970
 */
export function connectAws(region: string | null, nowMs: () => number) {
  let clockOffsetMs = 0;
  // Deno's fetch goes by the proxy variables, and a connection that fails leaves nothing behind; node:https leaks.
  const customFetch: typeof fetch = async (request) => {
    const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const dateMs = Date.parse(response.headers.get("date") ?? "");
    const offsetMs = dateMs - nowMs();
    if (!Number.isNaN(offsetMs)) clockOffsetMs = Math.abs(offsetMs) < CLOCK_NOISE_MS ? 0 : offsetMs;
    return response;
  };
  const shared = {
    ...(region !== null && { region }),
    ignoreCache: true, // credentials that were renewed in a file are new to a new session
    requestHandler: new FetchHttpHandler({ customFetch }),
  };
  const looking = new EC2Client({ ...shared, maxAttempts: LOOK_ATTEMPTS });
  const { credentials } = looking.config;
  const changing = new EC2Client({ ...shared, credentials, maxAttempts: CHANGE_ATTEMPTS });
  const sts = new STSClient({ ...shared, credentials, maxAttempts: LOOK_ATTEMPTS });
  const dry = { DryRun: true };

  return {
    region: () => looking.config.region(),
    /** Milliseconds that AWS's clock was ahead of this machine's when it last answered. */
    clockOffsetMs: () => clockOffsetMs,
    /** Where the credentials were found, as the SDK marks it. */
    credentialSource: async () => {
      const found: object = await credentials();
      return "$source" in found ? Object.keys(found.$source as object) : [];
    },
    credentials: () => credentials(),
    identity: () => sts.send(new GetCallerIdentityCommand({})),

    describeInstances: (input: DescribeInstancesCommandInput) =>
      looking.send(new DescribeInstancesCommand(input)),
    describeImages: (input: DescribeImagesCommandInput) => looking.send(new DescribeImagesCommand(input)),
    describeInstanceTypes: (input: DescribeInstanceTypesCommandInput) =>
      looking.send(new DescribeInstanceTypesCommand(input)),
    describeInstanceTypeOfferings: (input: DescribeInstanceTypeOfferingsCommandInput) =>
      looking.send(new DescribeInstanceTypeOfferingsCommand(input)),
    describeSubnets: (ids: readonly string[]) =>
      looking.send(new DescribeSubnetsCommand({ SubnetIds: [...ids] })),
    consoleOutput: (InstanceId: string, Latest: boolean) =>
      looking.send(new GetConsoleOutputCommand({ InstanceId, Latest })),

    runInstances: (input: RunInstancesCommandInput) => changing.send(new RunInstancesCommand(input)),
    terminateInstances: (ids: readonly string[]) =>
      changing.send(new TerminateInstancesCommand({ InstanceIds: [...ids] })),

    deregisterImage: (ImageId: string) => changing.send(new DeregisterImageCommand({ ImageId })),
    deleteSnapshot: (SnapshotId: string) => changing.send(new DeleteSnapshotCommand({ SnapshotId })),

    resources: resources(looking, changing),

    /** Calls that change nothing: AWS says only whether it would let them. By the action's name. */
    dryRuns: {
      DescribeInstances: () => looking.send(new DescribeInstancesCommand(dry)),
      RunInstances: (ImageId: string, InstanceType: string) =>
        changing.send(
          new RunInstancesCommand({
            ...dry,
            ImageId,
            InstanceType: InstanceType as never,
            MinCount: 1,
            MaxCount: 1,
          }),
        ),
      TerminateInstances: () =>
        changing.send(new TerminateInstancesCommand({ ...dry, InstanceIds: ["i-00000000000000000"] })),
      CreateVpc: () => changing.send(new CreateVpcCommand({ ...dry, CidrBlock: "10.0.0.0/16" })),
      CreateInternetGateway: () => changing.send(new CreateInternetGatewayCommand(dry)),
      CreateSecurityGroup: () =>
        changing.send(new CreateSecurityGroupCommand({ ...dry, GroupName: "xcore", Description: "xcore" })),
      ImportKeyPair: (PublicKeyMaterial: Uint8Array) =>
        changing.send(new ImportKeyPairCommand({ ...dry, KeyName: "xcore", PublicKeyMaterial })),
    },
  };
}

/** A resource that was listed. */
interface Listed {
  readonly id: string;
  readonly Tags: Tag[] | undefined;
}

/** How resources of a kind are found by their tags, and removed. */
interface Handling {
  list(filters: Filter[]): Promise<Listed[]>;
  remove(id: string): Promise<unknown>;
}

/** An instance that is still there, or will be again. */
const LIVING = ["pending", "running", "stopping", "stopped", "shutting-down"];
/** Whatever is attached to an instance goes with it. */
const LOOSE_VOLUME = ["creating", "available", "error"];

function resources(looking: EC2Client, changing: EC2Client) {
  const listed = <T extends { readonly Tags?: Tag[] | undefined }>(
    all: T[] = [],
    id: (one: T) => string | undefined,
  ) => all.map((one): Listed => ({ id: id(one) ?? "", Tags: one.Tags }));
  return {
    "instance": {
      async list(filters) {
        const Filters = [...filters, { Name: "instance-state-name", Values: LIVING }];
        const { Reservations = [] } = await looking.send(new DescribeInstancesCommand({ Filters }));
        return listed(
          Reservations.flatMap(({ Instances = [] }) => Instances),
          ({ InstanceId }) => InstanceId,
        );
      },
      remove: (id) => changing.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
    },
    "volume": {
      async list(filters) {
        const Filters = [...filters, { Name: "status", Values: LOOSE_VOLUME }];
        return listed(
          (await looking.send(new DescribeVolumesCommand({ Filters }))).Volumes,
          (it) => it.VolumeId,
        );
      },
      remove: (VolumeId) => changing.send(new DeleteVolumeCommand({ VolumeId })),
    },
    "key pair": {
      list: async (Filters) =>
        listed((await looking.send(new DescribeKeyPairsCommand({ Filters }))).KeyPairs, (it) => it.KeyName),
      remove: (KeyName) => changing.send(new DeleteKeyPairCommand({ KeyName })),
    },
    "network interface": {
      async list(filters) {
        const Filters = [...filters, { Name: "status", Values: ["available"] }];
        const { NetworkInterfaces = [] } = await looking.send(
          new DescribeNetworkInterfacesCommand({ Filters }),
        );
        return NetworkInterfaces.map((it) => ({ id: it.NetworkInterfaceId ?? "", Tags: it.TagSet }));
      },
      remove: (NetworkInterfaceId) =>
        changing.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
    },
    "security group": {
      list: async (Filters) =>
        listed(
          (await looking.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups,
          (it) => it.GroupId,
        ),
      remove: (GroupId) => changing.send(new DeleteSecurityGroupCommand({ GroupId })),
    },
    "subnet": {
      list: async (Filters) =>
        listed((await looking.send(new DescribeSubnetsCommand({ Filters }))).Subnets, (it) => it.SubnetId),
      remove: (SubnetId) => changing.send(new DeleteSubnetCommand({ SubnetId })),
    },
    "route table": {
      list: async (Filters) =>
        listed(
          (await looking.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables,
          (it) => it.RouteTableId,
        ),
      remove: (RouteTableId) => changing.send(new DeleteRouteTableCommand({ RouteTableId })),
    },
    "internet gateway": {
      async list(Filters) {
        const { InternetGateways } = await looking.send(new DescribeInternetGatewaysCommand({ Filters }));
        return listed(InternetGateways, (it) => it.InternetGatewayId);
      },
      async remove(InternetGatewayId) {
        const InternetGatewayIds = [InternetGatewayId];
        const { InternetGateways = [] } = await looking.send(
          new DescribeInternetGatewaysCommand({ InternetGatewayIds }),
        );
        for (const { VpcId } of InternetGateways.flatMap(({ Attachments = [] }) => Attachments)) {
          await changing.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
        }
        await changing.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
      },
    },
    "vpc": {
      list: async (Filters) =>
        listed((await looking.send(new DescribeVpcsCommand({ Filters }))).Vpcs, (it) => it.VpcId),
      remove: (VpcId) => changing.send(new DeleteVpcCommand({ VpcId })),
    },
  } satisfies Readonly<Record<string, Handling>>;
}
