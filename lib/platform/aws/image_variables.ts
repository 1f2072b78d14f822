/** What packer/aws.pkr.hcl is given. Pure. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { BuildMachine } from "../base.ts";

/** What the config does not say by itself. */
export interface ImageFacts {
  /** Of the new image. */
  readonly name: string;
  readonly machine: BuildMachine;
  readonly region: string;
  /** The image to build on. */
  readonly source: { readonly id: string; readonly rootDeviceName: string };
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** Another address of EC2 than AWS's. */
  readonly endpoint: string | undefined;
}

/** The variables there, by their names. */
export function awsImageVariables(config: AwsConfig, facts: ImageFacts): Readonly<Record<string, unknown>> {
  const { name, machine, region, source, allowedRanges, endpoint } = facts;
  return {
    cluster_id: config.clusterId,
    image_name: name,
    source_image: source.id,
    root_device_name: source.rootDeviceName,
    region_name: region,
    machine_type: machine.type,
    disk_gb: config.diskGb,
    subnet_id: config.subnetIds[0] ?? null,
    public_ip: config.publicIp,
    allowed_cidr: allowedRanges,
    user_name: config.userName,
    tags: config.tags,
    ec2_endpoint: endpoint ?? null,
  };
}
