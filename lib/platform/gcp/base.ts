/** The base on Google's cloud: what Terraform is given for it, and what it has made. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Home } from "../../config/home.ts";
import type { InitialValues } from "../../config/initial_config.ts";
import { NotFoundError, UsageError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { Base, Progress } from "../base.ts";
import { schedulerUserDataOf } from "../boot/user_data.ts";
import { allowedRanges } from "../own_address.ts";
import { type Placement, placesFor, typesFor } from "../placement.ts";
import type { PlatformOptions } from "../platform.ts";
import { publicKey } from "../public_key.ts";
import { readOutputs } from "../terraform/state_file.ts";
import { terraformBase } from "../terraform/terraform_base.ts";
import type { Variables } from "../terraform/terraform_spec.ts";
import { cloud as gcpCloud, type GcpCloud, instanceId } from "./cloud.ts";
import { meaningOfText } from "./errors.ts";
import type { ExistingNetwork } from "./existing_network.ts";
import { gcpImageVariables } from "./images.ts";
import { regionOf } from "./list_instances.ts";
import { diskTypeOf, limits } from "./limits.ts";

/** The base on Google's cloud. Nothing is asked before a method is called. */
export function base(options: PlatformOptions<GcpConfig>): Base {
  const { runtime, home, config } = options;
  const cloud = gcpCloud(options);
  return terraformBase<GcpVariables>(options, {
    userData: limits.userData,
    scheduler: "google_compute_instance.scheduler",
    firewalls: ["google_compute_firewall.outside"],
    types: {
      network: "google_compute_network",
      subnet: "google_compute_subnetwork",
      firewall: "google_compute_firewall",
      key: null,
      instance: "google_compute_instance",
    },
    keyKinds: limits.keyKinds,
    extraPrices: limits.extraPrices,
    cloud,
    // "unable to finish polling, context has been cancelled": then it drops the resource that the
    // operation makes.
    forgetsWhenStopped: true,
    classify: meaningOfText,
    suggestConfig: () => suggestConfig(options, cloud),
    placements: () => placements(config, cloud),
    noPlaceHint: "Wait, or choose another zone of the region: `xcore config set zone_name ZONE`.",
    placedAt: (placement) => placedAt(config, placement),
    placementOf: ({ scheduler_type: type, zone_name: zone }) => ({ type, zone }),
    variables: (placement, progress) => variablesOf(options, cloud, placement, progress),
    async imageVariables({ name, machine, origin: { imageName, imageOwner } }) {
      const link = await cloud.image(imageOwner, imageName);
      if (link === null) return null;
      return gcpImageVariables(config, {
        name,
        machine,
        project: await cloud.project(),
        source: link.slice(link.lastIndexOf("/") + 1),
        sourceProject: imageOwner,
        network: await cloud.network(),
      });
    },
    isOutdated: (values, { startup_script }) => scriptIn(values) !== startup_script,
    async made() {
      const outputs = await readGcpOutputs(runtime, home);
      if (outputs === null) return null;
      return {
        id: instanceId(outputs.project, outputs.zone, outputs.schedulerName),
        uniqueId: outputs.schedulerId,
        host: outputs.schedulerPublicIp ?? outputs.schedulerPrivateIp,
      };
    },
  });
}

/**
 * The project that the credentials name, and the zone that the environment does, with its region;
 * and the scheduler's next type in line where the zone does not have the default one.
 */
async function suggestConfig(
  { runtime, config }: PlatformOptions<GcpConfig>,
  cloud: GcpCloud,
): Promise<InitialValues> {
  const zone = config.zoneName ?? runtime.env("GOOGLE_DEFAULT_AVAILABILITY_ZONE");
  const project = await cloud.project().catch(() => null); // the checks report that none is named
  if (zone === undefined) return project === null ? {} : { project_name: project };
  const [first, successor] = typesFor(config.schedulerType, limits.successors);
  // The checks report that Google refuses.
  const offered = await cloud.typesIn(zone, [first!]).catch(() => [first!]);
  return {
    ...(project !== null && { project_name: project }),
    ...{ zone_name: zone, region_name: regionOf(zone) },
    ...(offered.length === 0 && successor !== undefined && { scheduler_type: successor }),
  };
}

/** The configured zone, with those of the scheduler's types that it has. */
async function placements({ schedulerType, zoneName }: GcpConfig, cloud: GcpCloud): Promise<Placement[]> {
  const zone = zoneName ?? "";
  const types = typesFor(schedulerType, limits.successors);
  const offered = await cloud.typesIn(zone, types);
  if (offered.length > 0) return placesFor(types, [zone], new Map(offered.map((type) => [type, [zone]])));
  throw new UsageError(
    `Cannot make the scheduler: the zone ${zone} offers no ${schedulerType}`,
    "Choose another with `xcore config set scheduler_type TYPE`, or another zone of the region: " +
      "`xcore config set zone_name ZONE`.",
  );
}

async function variablesOf(
  options: PlatformOptions<GcpConfig>,
  cloud: GcpCloud,
  scheduler: Placement,
  progress: Progress,
): Promise<GcpVariables> {
  const { runtime, config } = options;
  const [project, network, image, ranges, userData] = await Promise.all([
    cloud.project(),
    cloud.network(),
    cloud.image(config.imageOwner, config.imageName),
    allowedRanges(config),
    schedulerUserDataOf(options, limits.userData, progress),
  ]);
  if (image === null) {
    throw new NotFoundError(
      `Cannot find the image: ${config.imageOwner} has neither an image nor a family ${config.imageName}`,
      "Name another with `xcore config set image_name NAME image_owner PROJECT`.",
    );
  }
  const key = await publicKey(runtime, config, limits.keyKinds);
  const startupScript = new TextDecoder().decode(userData);
  return gcpVariables(config, {
    project,
    scheduler,
    network,
    image,
    allowedRanges: ranges,
    publicKey: key,
    startupScript,
  });
}

function scriptIn({ metadata }: Readonly<Record<string, unknown>>): unknown {
  return (metadata as Readonly<Record<string, unknown>> | undefined)?.["startup-script"];
}

/** What the config does not say by itself. */
export interface Found {
  readonly project: string;
  readonly scheduler: Placement;
  /** Null: one is made. */
  readonly network: ExistingNetwork | null;
  /** Link of the image that `image_name` stands for. */
  readonly image: string;
  /** Ranges of addresses, none of them `auto`. */
  readonly allowedRanges: readonly string[];
  /** As in authorized_keys; null: no one may log in. */
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
  readonly subnetwork: string;
  readonly network_project: string;
  readonly scheduler_port: number;
  readonly dashboard_port: number;
  readonly ssh_keys: string;
  readonly image: string;
  readonly disk_type: string;
  readonly service_account: string;
  readonly scopes: readonly string[];
  readonly startup_script: string;
}

function placedAt({ diskType }: GcpConfig, { type, zone }: Placement) {
  return { scheduler_type: type, zone_name: zone, disk_type: diskTypeOf(type, diskType) };
}

/** All of them. */
export function gcpVariables(config: GcpConfig, found: Found): GcpVariables {
  return {
    cluster_id: config.clusterId,
    project_name: found.project,
    region_name: config.regionName ?? regionOf(found.scheduler.zone),
    labels: config.tags,
    network: found.network?.network ?? "",
    subnetwork: found.network?.subnetwork ?? "",
    network_project: found.network?.project ?? found.project,
    public_ip: config.publicIp,
    allowed_cidr: found.allowedRanges,
    scheduler_port: config.schedulerPort,
    dashboard_port: config.dashboardPort,
    ssh_keys: found.publicKey === null ? "" : `${config.userName}:${found.publicKey}`,
    image: found.image,
    ...placedAt(config, found.scheduler),
    disk_gb: config.diskGb,
    service_account: config.serviceAccount ?? "",
    scopes: config.scopes,
    startup_script: found.startupScript,
  };
}

/** The base of a GCP cluster; workers are launched on it. */
export interface GcpOutputs {
  readonly project: string;
  readonly region: string;
  /** The scheduler's zone, and the workers' unless `zones` says otherwise. */
  readonly zone: string;
  /** `projects/…/regions/…/subnetworks/…`: one for all zones of the region. */
  readonly subnetwork: string;
  /** Link of the image that `image_name` stood for when the scheduler was made. */
  readonly image: string;
  /** `ubuntu:ssh-ed25519 AAAA…`, as metadata wants it; null: no one can log in. */
  readonly sshKeys: string | null;
  readonly schedulerName: string;
  /** The number that Google gave it. */
  readonly schedulerId: string;
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
export async function readGcpOutputs(runtime: Runtime, home: Home): Promise<GcpOutputs | null> {
  return await readOutputs(runtime, home, (outputs) => ({
    project: outputs.text("project_name"),
    region: outputs.text("region_name"),
    zone: outputs.text("zone_name"),
    subnetwork: outputs.text("subnetwork"),
    image: outputs.text("image"),
    sshKeys: outputs.textOrNull("ssh_keys"),
    schedulerName: outputs.text("scheduler_name"),
    schedulerId: outputs.text("scheduler_id"),
    schedulerPrivateIp: outputs.text("scheduler_private_ip"),
    schedulerPublicIp: outputs.textOrNull("scheduler_public_ip"),
  }));
}
