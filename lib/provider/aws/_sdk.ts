/**
 * The AWS SDK as this provider uses it; no other file imports it. It takes a tenth of a second to load and 70 MB to hold:
 * import this file when it is needed, not before.
 * @module
 */

import {
  CreateInternetGatewayCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypeOfferingsCommand,
  type DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypesCommand,
  type DescribeInstanceTypesCommandInput,
  DescribeSpotPriceHistoryCommand,
  type DescribeSpotPriceHistoryCommandInput,
  DescribeSubnetsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
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
    describeSpotPriceHistory: (input: DescribeSpotPriceHistoryCommandInput) =>
      looking.send(new DescribeSpotPriceHistoryCommand(input)),
    consoleOutput: (id: string) => looking.send(new GetConsoleOutputCommand({ InstanceId: id })),

    runInstances: (input: RunInstancesCommandInput) => changing.send(new RunInstancesCommand(input)),
    terminateInstances: (ids: readonly string[]) =>
      changing.send(new TerminateInstancesCommand({ InstanceIds: [...ids] })),

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
