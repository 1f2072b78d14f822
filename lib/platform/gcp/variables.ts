/** What terraform/gcp is given. Pure. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Variables } from "../terraform/site.ts";
import { regionOf } from "./zones.ts";

/** What the config does not say by itself. */
export interface Found {
  readonly project: string;
  /** Link of the image that `image_name` stands for. */
  readonly image: string;
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** As in authorized_keys; null: nobody may log in. */
  readonly publicKey: string | null;
  /** What the scheduler's instance runs at each boot. */
  readonly startupScript: string;
}

/** The variables of terraform/gcp/variables.tf, by their names there. */
export interface GcpVariables extends Variables {
  readonly cluster_id: string;
  readonly project_name: string;
  readonly zone_name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  readonly scheduler_port: number;
  readonly dashboard_port: number;
  readonly ssh_keys: string;
  readonly image: string;
  readonly service_account: string;
  readonly scopes: readonly string[];
  readonly startup_script: string;
}

/** All of them. */
export function gcpVariables(config: GcpConfig, found: Found): GcpVariables {
  const zone = config.zoneName ?? "";
  return {
    cluster_id: config.clusterId,
    project_name: found.project,
    region_name: config.regionName ?? regionOf(zone),
    zone_name: zone,
    labels: config.tags,
    network: config.network ?? "",
    public_ip: config.publicIp,
    allowed_cidr: found.allowedRanges,
    scheduler_port: config.schedulerPort,
    dashboard_port: config.dashboardPort,
    ssh_keys: found.publicKey === null ? "" : `${config.userName}:${found.publicKey}`,
    image: found.image,
    scheduler_type: config.schedulerType,
    disk_gb: config.diskGb,
    service_account: config.serviceAccount ?? "",
    scopes: config.scopes,
    startup_script: found.startupScript,
  };
}
