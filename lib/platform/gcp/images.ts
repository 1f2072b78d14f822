/** What packer/gcp.pkr.hcl is given. Pure. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { BuildMachine } from "../base.ts";

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
}

/** The variables there, by their names. */
export function gcpImageVariables(config: GcpConfig, facts: ImageFacts): Readonly<Record<string, unknown>> {
  const { name, machine, project, source, sourceProject } = facts;
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
    network: config.network ?? "default",
    public_ip: config.publicIp,
    user_name: config.userName,
    labels: config.tags,
  };
}
