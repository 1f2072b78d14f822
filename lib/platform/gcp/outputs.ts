/** What Terraform has made for GCP workers to stand on, as it says itself. @module */

import type { Home } from "../../config/home.ts";
import type { Runtime } from "../../runtime.ts";
import { readOutputs } from "../terraform/outputs.ts";

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
  /** `ubuntu:ssh-ed25519 AAAA…`, as metadata wants it; null: nobody can log in. */
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
