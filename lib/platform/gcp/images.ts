/** Machine images of the project, and what packer/gcp.pkr.hcl is given to build one. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { BuildMachine, CloudImage } from "../base.ts";
import type { Catalog, OwnImage } from "./catalog.ts";
import type { ExistingNetwork } from "./existing_network.ts";
import { diskTypeOf } from "./limits.ts";
import { clusterFilter } from "./list_instances.ts";

/** What the config does not say by itself. */
export interface ImageFacts {
  /** Of the new image. */
  readonly name: string;
  readonly machine: BuildMachine;
  readonly project: string;
  /** Name of the image to build on, no family's. */
  readonly source: string;
  /** The project that it is in. */
  readonly sourceProject: string;
  /** Null: the one that is called `default`. */
  readonly network: ExistingNetwork | null;
}

/** The variables there, by their names. */
export function gcpImageVariables(config: GcpConfig, facts: ImageFacts): Readonly<Record<string, unknown>> {
  const { name, machine, project, source, sourceProject, network } = facts;
  const zone = config.zoneName ?? "";
  const { accelerator } = machine;
  return {
    cluster_id: config.clusterId,
    image_name: name,
    source_image: source,
    source_project: sourceProject,
    project_name: project,
    zone_name: zone,
    machine_type: machine.type,
    accelerator_type: accelerator && `projects/${project}/zones/${zone}/acceleratorTypes/${accelerator}`,
    accelerator_count: accelerator === null ? 0 : machine.acceleratorCount,
    disk_gb: config.diskGb,
    disk_type: diskTypeOf(machine.type, config.diskType),
    network: network?.network ?? "default",
    subnetwork: network?.subnetwork ?? "",
    public_ip: config.publicIp,
    user_name: config.userName,
    labels: config.tags,
  };
}

/** The project's images that carry the cluster's id, the newest first. */
export async function images(
  { catalog, project }: { readonly catalog: Pick<Catalog, "images">; readonly project: string },
  clusterId: string,
): Promise<CloudImage[]> {
  const found = await catalog.images(clusterFilter(clusterId));
  return found.map((image) => imageOf(image, project)).toSorted((a, b) => a.createdAt < b.createdAt ? 1 : -1);
}

function imageOf(
  { name, id, creationTimestamp, archiveSizeBytes, diskSizeGb }: OwnImage,
  project: string,
): CloudImage {
  const kept = Number(archiveSizeBytes ?? 0) / 1e9;
  return {
    name,
    id: String(id),
    createdAt: new Date(creationTimestamp).toISOString(),
    sizeGb: kept > 0 ? Math.ceil(kept) : Number(diskSizeGb ?? 0),
    removeCommand: `gcloud compute images delete ${name} --project ${project}`,
  };
}
