/** What terraform/aws is given. Pure. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Variables } from "../terraform/site.ts";

/** What the config does not say by itself. */
export interface Found {
  readonly region: string;
  /** The zones that have the scheduler's type, sorted. */
  readonly schedulerZones: readonly string[];
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** As in authorized_keys; null: nobody may log in. */
  readonly publicKey: string | null;
  /** What the scheduler's instance runs at its first boot, in base64. */
  readonly userData: string;
}

/** The variables of terraform/aws/variables.tf, by their names there. */
export interface AwsVariables extends Variables {
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
    scheduler_type: config.schedulerType,
    scheduler_zone: schedulerZone(config, found.schedulerZones),
    disk_gb: config.diskGb,
    instance_profile: config.instanceProfile,
    user_data: found.userData,
  };
}

/** A worker's zone where that has the type; null where subnets are given, and their zones are not known here. */
function schedulerZone({ zones, subnetIds }: AwsConfig, offered: readonly string[]): string | null {
  if (subnetIds.length > 0) return null;
  return zones.find((zone) => offered.includes(zone)) ?? offered[0] ?? null;
}
