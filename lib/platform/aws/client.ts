/**
 * The AWS SDK as this provider uses it; no other file imports it. It takes a tenth of a second to
 * load and 70 MB to hold: import this file when it is needed, not before.
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
  DescribeAvailabilityZonesCommand,
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
  DescribeSnapshotsCommand,
  DescribeSpotPriceHistoryCommand,
  type DescribeSpotPriceHistoryCommandInput,
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
  _InstanceType as InstanceTypeName,
  Instance as Ec2Instance,
  InstanceTypeInfo,
  RunInstancesCommandInput,
  Tag,
} from "npm:@aws-sdk/client-ec2@3.1169.0";

/** A session with AWS. */
export type Client = ReturnType<typeof connectAws>;

/** Reading again is harmless; between attempts the SDK waits, longer each time and with jitter. */
const READ_ATTEMPTS = 3;
/** What changes something is tried again by the plan alone. */
const CHANGE_ATTEMPTS = 1;
/** The header has whole seconds, and was on its way for a while. */
const CLOCK_NOISE_MS = 5_000;
/** A read with all its attempts ends within a minute. */
const READ_WITHIN_MS = 18_000;
/** A RunInstances of 1,000 takes a while. */
const CHANGE_WITHIN_MS = 60_000;

/**
 * A session with AWS. Region (unless given), credentials and endpoints are found as AWS's own tools
 * find them: environment, shared files and profiles, SSO, a process, or the machine's role.
 *
 * @param nowMs wall clock, milliseconds since 1970
 */
export function connectAws(region: string | null, nowMs: () => number) {
  let clockOffsetMs = 0;
  // Deno's fetch goes by the proxy variables, and a connection that fails leaves nothing behind;
  // node:https leaks.
  const fetchWithin = (timeoutMs: number): typeof fetch => async (request) => {
    const response = await fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
    const dateMs = Date.parse(response.headers.get("date") ?? "");
    const offsetMs = dateMs - nowMs();
    if (!Number.isNaN(offsetMs)) clockOffsetMs = Math.abs(offsetMs) < CLOCK_NOISE_MS ? 0 : offsetMs;
    return response;
  };
  const shared = {
    ...(region !== null && { region }),
    ignoreCache: true, // credentials that were renewed in a file are new to a new session
  };
  const handler = (timeoutMs: number) => ({
    requestHandler: new FetchHttpHandler({ customFetch: fetchWithin(timeoutMs) }),
  });
  const reads = { ...shared, ...handler(READ_WITHIN_MS), maxAttempts: READ_ATTEMPTS };
  const reader = new EC2Client(reads);
  const { credentials } = reader.config;
  const writer = new EC2Client({
    ...shared,
    ...handler(CHANGE_WITHIN_MS),
    credentials,
    maxAttempts: CHANGE_ATTEMPTS,
  });
  const sts = new STSClient({ ...reads, credentials });
  const dry = { DryRun: true };

  return {
    region: () => reader.config.region(),
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
      reader.send(new DescribeInstancesCommand(input)),
    describeImages: (input: DescribeImagesCommandInput) => reader.send(new DescribeImagesCommand(input)),
    describeInstanceTypes: (input: DescribeInstanceTypesCommandInput) =>
      reader.send(new DescribeInstanceTypesCommand(input)),
    describeInstanceTypeOfferings: (input: DescribeInstanceTypeOfferingsCommandInput) =>
      reader.send(new DescribeInstanceTypeOfferingsCommand(input)),
    describeAvailabilityZones: (Filters: Filter[]) =>
      reader.send(new DescribeAvailabilityZonesCommand({ Filters })),
    describeSpotPriceHistory: (input: DescribeSpotPriceHistoryCommandInput) =>
      reader.send(new DescribeSpotPriceHistoryCommand(input)),
    describeSubnets: (ids: readonly string[]) =>
      reader.send(new DescribeSubnetsCommand({ SubnetIds: [...ids] })),
    consoleOutput: (InstanceId: string, Latest: boolean) =>
      reader.send(new GetConsoleOutputCommand({ InstanceId, Latest })),

    runInstances: (input: RunInstancesCommandInput) => writer.send(new RunInstancesCommand(input)),
    terminateInstances: (ids: readonly string[]) =>
      writer.send(new TerminateInstancesCommand({ InstanceIds: [...ids] })),

    /** Also deletes the snapshots that no other image uses, and says of each what came of it. */
    deregisterImage: (ImageId: string) =>
      writer.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })),
    deleteSnapshot: (SnapshotId: string) => writer.send(new DeleteSnapshotCommand({ SnapshotId })),

    resources: resources(reader, writer),

    /** Calls that change nothing: AWS says only whether it would let them. By the action's name. */
    dryRuns: {
      DescribeInstances: () => reader.send(new DescribeInstancesCommand(dry)),
      RunInstances: (input: Omit<RunInstancesCommandInput, "MinCount" | "MaxCount">) =>
        writer.send(new RunInstancesCommand({ ...input, ...dry, MinCount: 1, MaxCount: 1 })),
      TerminateInstances: () =>
        writer.send(new TerminateInstancesCommand({ ...dry, InstanceIds: ["i-00000000000000000"] })),
      CreateVpc: () => writer.send(new CreateVpcCommand({ ...dry, CidrBlock: "10.0.0.0/16" })),
      CreateInternetGateway: () => writer.send(new CreateInternetGatewayCommand(dry)),
      CreateSecurityGroup: () =>
        writer.send(new CreateSecurityGroupCommand({ ...dry, GroupName: "xcore", Description: "xcore" })),
      ImportKeyPair: (PublicKeyMaterial: Uint8Array) =>
        writer.send(new ImportKeyPairCommand({ ...dry, KeyName: "xcore", PublicKeyMaterial })),
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
/** One that is being made may be of an image that is not listed yet. */
const FINISHED_SNAPSHOT: Filter = { Name: "status", Values: ["completed", "error"] };

function resources(reader: EC2Client, writer: EC2Client) {
  const listed = <T extends { readonly Tags?: Tag[] | undefined }>(
    all: T[] = [],
    id: (one: T) => string | undefined,
  ) => all.map((one): Listed => ({ id: id(one) ?? "", Tags: one.Tags }));
  return {
    "instance": {
      async list(filters) {
        const Filters = [...filters, { Name: "instance-state-name", Values: LIVING }];
        const { Reservations = [] } = await reader.send(new DescribeInstancesCommand({ Filters }));
        return listed(
          Reservations.flatMap(({ Instances = [] }) => Instances),
          ({ InstanceId }) => InstanceId,
        );
      },
      remove: (id) => writer.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
    },
    "volume": {
      async list(filters) {
        const Filters = [...filters, { Name: "status", Values: LOOSE_VOLUME }];
        return listed(
          (await reader.send(new DescribeVolumesCommand({ Filters }))).Volumes,
          (it) => it.VolumeId,
        );
      },
      remove: (VolumeId) => writer.send(new DeleteVolumeCommand({ VolumeId })),
    },
    "snapshot": {
      /** Those that no image uses: what an image needs is kept with it. */
      async list(filters) {
        const { Snapshots = [] } = await reader.send(
          new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [...filters, FINISHED_SNAPSHOT] }),
        );
        if (Snapshots.length === 0) return [];
        const { Images = [] } = await reader.send(new DescribeImagesCommand({ Owners: ["self"] }));
        const used = new Set(
          Images.flatMap(({ BlockDeviceMappings = [] }) =>
            BlockDeviceMappings.map(({ Ebs }) => Ebs?.SnapshotId)
          ),
        );
        return listed(Snapshots.filter(({ SnapshotId }) => !used.has(SnapshotId)), (it) => it.SnapshotId);
      },
      remove: (SnapshotId) => writer.send(new DeleteSnapshotCommand({ SnapshotId })),
    },
    "key pair": {
      list: async (Filters) =>
        listed((await reader.send(new DescribeKeyPairsCommand({ Filters }))).KeyPairs, (it) => it.KeyName),
      remove: (KeyName) => writer.send(new DeleteKeyPairCommand({ KeyName })),
    },
    "network interface": {
      async list(filters) {
        const Filters = [...filters, { Name: "status", Values: ["available"] }];
        const { NetworkInterfaces = [] } = await reader.send(
          new DescribeNetworkInterfacesCommand({ Filters }),
        );
        return NetworkInterfaces.map((it) => ({ id: it.NetworkInterfaceId ?? "", Tags: it.TagSet }));
      },
      remove: (NetworkInterfaceId) => writer.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
    },
    "security group": {
      list: async (Filters) =>
        listed(
          (await reader.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups,
          (it) => it.GroupId,
        ),
      remove: (GroupId) => writer.send(new DeleteSecurityGroupCommand({ GroupId })),
    },
    "subnet": {
      list: async (Filters) =>
        listed((await reader.send(new DescribeSubnetsCommand({ Filters }))).Subnets, (it) => it.SubnetId),
      remove: (SubnetId) => writer.send(new DeleteSubnetCommand({ SubnetId })),
    },
    "route table": {
      list: async (Filters) =>
        listed(
          (await reader.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables,
          (it) => it.RouteTableId,
        ),
      remove: (RouteTableId) => writer.send(new DeleteRouteTableCommand({ RouteTableId })),
    },
    "internet gateway": {
      async list(Filters) {
        const { InternetGateways } = await reader.send(new DescribeInternetGatewaysCommand({ Filters }));
        return listed(InternetGateways, (it) => it.InternetGatewayId);
      },
      async remove(InternetGatewayId) {
        const InternetGatewayIds = [InternetGatewayId];
        const { InternetGateways = [] } = await reader.send(
          new DescribeInternetGatewaysCommand({ InternetGatewayIds }),
        );
        for (const { VpcId } of InternetGateways.flatMap(({ Attachments = [] }) => Attachments)) {
          await writer.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
        }
        await writer.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
      },
    },
    "vpc": {
      list: async (Filters) =>
        listed((await reader.send(new DescribeVpcsCommand({ Filters }))).Vpcs, (it) => it.VpcId),
      remove: (VpcId) => writer.send(new DeleteVpcCommand({ VpcId })),
    },
  } satisfies Readonly<Record<string, Handling>>;
}
