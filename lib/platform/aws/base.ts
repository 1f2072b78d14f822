/** The base on AWS: what Terraform is given for it, and what it has made. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import type { InitialValues } from "../../config/initial_config.ts";
import type { Runtime } from "../../runtime.ts";
import type { Base, Progress } from "../base.ts";
import { schedulerUserDataOf } from "../boot/user_data.ts";
import { allowedRanges } from "../own_address.ts";
import { type Placement, typesFor } from "../placement.ts";
import type { PlatformOptions } from "../platform.ts";
import { publicKey } from "../public_key.ts";
import { readOutputs } from "../terraform/state_file.ts";
import { terraformBase } from "../terraform/terraform_base.ts";
import type { Variables } from "../terraform/terraform_spec.ts";
import { type AwsCloud, cloud as awsCloud } from "./cloud.ts";
import { schedulerCredits } from "./credit_mode.ts";
import { meaningOfText } from "./errors.ts";
import { awsImageVariables } from "./images.ts";
import { limits } from "./limits.ts";
import { placements } from "./placements.ts";

/** The base on AWS. Nothing is asked before a method is called. */
export function base(options: PlatformOptions<AwsConfig>): Base {
  const { runtime, home, config } = options;
  const cloud = awsCloud(options);
  return terraformBase<AwsVariables>(options, {
    userData: limits.userData,
    scheduler: "aws_instance.scheduler",
    firewalls: ["aws_security_group.this"],
    types: {
      network: "aws_vpc",
      subnet: "aws_subnet",
      firewall: "aws_security_group",
      key: "aws_key_pair",
      instance: "aws_instance",
    },
    keyKinds: limits.keyKinds,
    extraPrices: limits.extraPrices,
    cloud,
    forgetsWhenStopped: false,
    classify: meaningOfText,
    suggestConfig: () => suggestConfig(cloud, config.schedulerType),
    placements: async () => {
      const types = typesFor(config.schedulerType, limits.successors);
      return placements(config, await cloud.zoneFacts(types, config.subnetIds));
    },
    noPlaceHint:
      "Every zone was tried: try again later, or another type with `xcore config set scheduler_type TYPE`.",
    placedAt,
    placementOf: ({ scheduler_type: type, scheduler_zone }) => ({ type, zone: scheduler_zone ?? undefined }),
    variables: (placement, progress) => variablesOf(options, cloud, placement, progress),
    async imageVariables({ name, machine, origin }) {
      const source = await cloud.image(origin);
      if (source === null) return null;
      return awsImageVariables(config, {
        name,
        machine,
        source,
        region: await cloud.region(),
        allowedRanges: await allowedRanges(config),
        // Today's SDKs read these by themselves, Packer's does not.
        endpoint: runtime.env("AWS_ENDPOINT_URL_EC2") ?? runtime.env("AWS_ENDPOINT_URL"),
      });
    },
    isOutdated: (values, { user_data }) => values.user_data_base64 !== user_data,
    async made() {
      const outputs = await readAwsOutputs(runtime, home);
      if (outputs === null) return null;
      const { schedulerInstanceId: id, schedulerPublicIp, schedulerPrivateIp } = outputs;
      return { id, uniqueId: id, host: schedulerPublicIp ?? schedulerPrivateIp };
    },
  });
}

/** The region; and the scheduler's next type in line where it does not have the default one. */
async function suggestConfig(cloud: AwsCloud, type: string): Promise<InitialValues> {
  const region = await cloud.region().catch(() => null);
  if (region === null) return {};
  const zones = await cloud.zonesWith([type]).catch(() => null); // the checks report that AWS refuses
  const successor = limits.successors[type];
  const isMissing = zones !== null && (zones.get(type) ?? []).length === 0 && successor !== undefined;
  return { region_name: region, ...(isMissing && { scheduler_type: successor }) };
}

async function variablesOf(
  options: PlatformOptions<AwsConfig>,
  cloud: AwsCloud,
  scheduler: Placement,
  progress: Progress,
): Promise<AwsVariables> {
  const { runtime, config } = options;
  const [region, ranges, userData] = await Promise.all([
    cloud.region(),
    allowedRanges(config),
    schedulerUserDataOf(options, limits.userData, progress),
  ]);
  const key = await publicKey(runtime, config, limits.keyKinds);
  return awsVariables(config, {
    region,
    scheduler,
    allowedRanges: ranges,
    publicKey: key,
    userData: userData.toBase64(),
  });
}

function placedAt({ type, zone }: Placement) {
  return {
    scheduler_type: type,
    scheduler_zone: zone,
    scheduler_credits: schedulerCredits(type),
  };
}

/** What the config does not say by itself. */
export interface Found {
  readonly region: string;
  readonly scheduler: Placement;
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** As in authorized_keys; null: no one may log in. */
  readonly publicKey: string | null;
  /** What the scheduler's instance runs at its first boot, in base64. */
  readonly userData: string;
}

/** The variables of terraform/aws/variables.tf, by their names there. */
export interface AwsVariables extends Variables {
  /** ARN; null: the account's own key for disks. */
  readonly disk_kms_key: string | null;
  readonly cluster_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly zones: readonly string[];
  readonly subnet_ids: readonly string[];
  readonly scheduler_port: number;
  readonly dashboard_port: number;
  readonly public_key: string;
  readonly image_name: string;
  readonly image_owner: string;
  readonly scheduler_zone: string | null;
  readonly scheduler_credits: string | null;
  readonly instance_profile: string | null;
  readonly user_data: string;
}

/** All of them. */
export function awsVariables(config: AwsConfig, found: Found): AwsVariables {
  return {
    cluster_id: config.clusterId,
    region_name: found.region,
    tags: config.tags,
    zones: config.zones,
    subnet_ids: config.subnetIds,
    public_ip: config.publicIp,
    allowed_cidr: found.allowedRanges,
    scheduler_port: config.schedulerPort,
    dashboard_port: config.dashboardPort,
    public_key: found.publicKey ?? "",
    image_name: config.imageName,
    image_owner: config.imageOwner,
    ...placedAt(found.scheduler),
    disk_gb: config.diskGb,
    disk_kms_key: config.diskKmsKey,
    instance_profile: config.instanceProfile,
    user_data: found.userData,
  };
}

/** The base of an AWS cluster; workers are launched on it. */
export interface AwsOutputs {
  readonly region: string;
  /** Subnet ids by zone: where an instance of that zone is launched. */
  readonly subnets: Readonly<Record<string, string>>;
  readonly securityGroupId: string;
  /** Key pair for SSH; null: no one can log in. */
  readonly keyName: string | null;
  /** The image that `image_name` stood for when the scheduler was made. */
  readonly imageId: string;
  /** The image's root volume, `/dev/sda1`. */
  readonly rootDeviceName: string;
  readonly schedulerInstanceId: string;
  /** Where workers reach the scheduler. */
  readonly schedulerPrivateIp: string;
  /** Where this machine reaches it; null: by the private address. */
  readonly schedulerPublicIp: string | null;
}

/**
 * The base as it was last applied; null when there is none.
 *
 * @throws {XcoreError} what Terraform wrote down is damaged
 */
export async function readAwsOutputs(runtime: Runtime, home: Home): Promise<AwsOutputs | null> {
  return await readOutputs(runtime, home, (outputs) => ({
    region: outputs.text("region_name"),
    subnets: outputs.texts("subnet_ids"),
    securityGroupId: outputs.text("security_group_id"),
    keyName: outputs.textOrNull("key_name"),
    imageId: outputs.text("image_id"),
    rootDeviceName: outputs.text("root_device_name"),
    schedulerInstanceId: outputs.text("scheduler_instance_id"),
    schedulerPrivateIp: outputs.text("scheduler_private_ip"),
    schedulerPublicIp: outputs.textOrNull("scheduler_public_ip"),
  }));
}
