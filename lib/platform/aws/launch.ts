/**
 * Launches workers: one RunInstances call an attempt, and the answer of a call that was made
 * before.
 * @module
 */

import type { AwsConfig } from "../../config/config.ts";
import { diskOf } from "../../config/pools_of.ts";
import { CapacityError, NotRunningError, XcoreError } from "../../errors.ts";
import type { Attempt, LaunchOutcome } from "../../model/mod.ts";
import type { UserData } from "../boot/user_data.ts";
import type { RunInstancesCommandInput } from "./client.ts";
import { workerCredits } from "./credit_mode.ts";
import { codeOf } from "./errors.ts";
import { instanceOf, listInstances, namesThatFit, TAG, tagsOf } from "./list_instances.ts";
import type { AwsOutputs } from "./base.ts";
import type { Session } from "./session.ts";

/** What a launch needs. */
export interface LaunchContext {
  readonly session: Session;
  readonly config: AwsConfig;
  /** Null: there is none. */
  readonly base: AwsOutputs | null;
  readonly userData: UserData;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * How long an instance may be missing from listings after it was made; EC2 promises nothing,
 * seconds are the rule.
 */
const LISTING_LAG_S = 120;

/** See `Provider.launch`. */
export async function launch(context: LaunchContext, attempt: Attempt): Promise<LaunchOutcome> {
  const { session, config, base, userData } = context;
  if (base === null) {
    throw new NotRunningError(
      "Cannot launch workers: no cluster is running",
      "Start one with `xcore start`.",
    );
  }
  const granted = { ...attempt, names: namesThatFit(attempt.names) };
  const call = runInstances(config, base, granted, await userData(granted, base));
  const answer = await session.change(`launch workers (${offerOf(attempt)})`, async (aws) => {
    try {
      return await aws.runInstances(call);
    } catch (error) {
      if (codeOf(error) === "IdempotentInstanceTerminated") return { Instances: [] };
      if (codeOf(error) === "IdempotentParameterMismatch") return null;
      throw error;
    }
  });
  if (answer === null) return await madeBefore(context, attempt);
  const nowMs = session.nowMs();
  const instances = (answer.Instances ?? []).map((instance) => instanceOf(instance, nowMs));
  return { instances: instances.filter((instance) => instance !== null) };
}

/**
 * The token was used with other parameters: the settings have changed since. What it made then is
 * found by its tag.
 */
async function madeBefore(
  { session, config, nowMs }: LaunchContext,
  attempt: Attempt,
): Promise<LaunchOutcome> {
  const { instances, complete } = await listInstances(session, config.clusterId, {
    [TAG.attempt]: attempt.id,
  });
  if (instances.length > 0) return { instances };
  if (!complete || nowMs - attempt.atMs < LISTING_LAG_S * 1000) {
    throw new Error(
      "its settings have changed since the call was first made, and what that made is not listed yet",
    );
  }
  throw new XcoreError(
    "Cannot launch workers: the settings have changed since the call was first made, and nothing of it is left",
    "Nothing to do: the next launch goes by the new settings.",
  );
}

function offerOf({ type, zone, market }: Attempt): string {
  return [type, zone, market].filter((part) => part !== null).join(", ");
}

function runInstances(
  config: AwsConfig,
  base: AwsOutputs,
  attempt: Attempt,
  userData: Uint8Array,
): RunInstancesCommandInput {
  const tags = tagsOf(config.clusterId, attempt, config.tags);
  const spot = attempt.market === "spot";
  const credits = workerCredits(attempt.type);
  const tagged = ["instance", "volume", ...(spot ? ["spot-instances-request"] as const : [])] as const;
  return {
    ClientToken: attempt.id,
    MinCount: 1,
    MaxCount: attempt.names.length,
    ImageId: base.imageId,
    InstanceType: attempt.type as RunInstancesCommandInput["InstanceType"],
    ...(credits !== null && { CreditSpecification: { CpuCredits: credits } }),
    ...(base.keyName !== null && { KeyName: base.keyName }),
    ...(config.instanceProfile !== null && { IamInstanceProfile: { Name: config.instanceProfile } }),
    NetworkInterfaces: [{
      DeviceIndex: 0,
      SubnetId: subnetFor(attempt, base),
      Groups: [base.securityGroupId],
      AssociatePublicIpAddress: config.publicIp,
      DeleteOnTermination: true,
    }],
    BlockDeviceMappings: [{
      DeviceName: base.rootDeviceName,
      Ebs: {
        VolumeSize: diskOf(config, attempt.pool).gb,
        VolumeType: "gp3",
        DeleteOnTermination: true,
        Encrypted: true,
        ...(config.diskKmsKey !== null && { KmsKeyId: config.diskKmsKey }),
      },
    }],
    MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    // A worker that powers itself off is gone, and costs nothing more.
    InstanceInitiatedShutdownBehavior: "terminate",
    ...(spot && {
      InstanceMarketOptions: {
        MarketType: "spot",
        SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" },
      },
    }),
    TagSpecifications: tagged.map((ResourceType) => ({ ResourceType, Tags: tags })),
    UserData: userData.toBase64(),
  };
}

/** @throws {CapacityError} the cluster has no subnet in the attempt's zone: another zone may do */
function subnetFor({ zone }: Attempt, { subnets }: AwsOutputs): string {
  const zones = Object.keys(subnets).sort();
  const subnet = subnets[zone ?? zones[0] ?? ""];
  if (subnet !== undefined) return subnet;
  throw new CapacityError(
    `Cannot launch workers in ${zone}: the cluster has subnets in ${zones.join(", ") || "no zone"}`,
    "Change `zones`, or run `xcore restart`: it makes the network anew.",
  );
}
