/** What terraform/aws is given. Pure. @module */

import type { Config } from "../../config/config.ts";
import { defaultOf, FIELDS } from "../../config/fields.ts";

/** What the config does not say by itself. */
export interface Found {
  readonly region: string;
  /** A zone that has the scheduler's type; null: any has. */
  readonly schedulerZone: string | null;
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** As in authorized_keys; null: nobody may log in. */
  readonly publicKey: string | null;
  /** What the scheduler's instance runs at its first boot, gzip in base64. */
  readonly userData: string;
}

/** The type of the scheduler's instance. */
export function schedulerTypeOf(config: Config): string {
  return config.schedulerType ?? defaultOf(FIELDS.scheduler_type, "aws") ?? "";
}

/** The variables of terraform/aws/variables.tf, each of them. */
export function awsVariables(config: Config, found: Found): Readonly<Record<string, unknown>> {
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
    image_name: config.imageName ?? defaultOf(FIELDS.image_name, "aws"),
    image_owner: config.imageOwner ?? defaultOf(FIELDS.image_owner, "aws"),
    scheduler_type: schedulerTypeOf(config),
    scheduler_zone: found.schedulerZone,
    disk_gb: config.diskGb,
    instance_profile: config.instanceProfile,
    user_data: found.userData,
  };
}
