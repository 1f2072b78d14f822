/** What Terraform has made for GCP workers to stand on, as it says itself. @module */

import type { ObjectReader } from "../../object_reader.ts";

/** The base of a GCP cluster; workers are launched on it. */
export interface GcpBase {
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
  /** Where workers reach the scheduler. */
  readonly schedulerPrivateIp: string;
  /** Where this machine reaches it; null: by the private address. */
  readonly schedulerPublicIp: string | null;
}

/**
 * The base in what `terraform output -json` printed; null when nothing has been applied, or all of it destroyed.
 *
 * @throws {ShapeError} an output is missing, or not what it should be
 */
export function readGcpBase(outputs: ObjectReader): GcpBase | null {
  if (outputs.keys().length === 0) return null;
  const value = (name: string) => outputs.object(name).text("value");
  // Terraform leaves an output out when it is null.
  const valueOrNull = (name: string) => outputs.raw(name) === undefined ? null : value(name);
  return {
    project: value("project_name"),
    region: value("region_name"),
    zone: value("zone_name"),
    subnetwork: value("subnetwork"),
    image: value("image"),
    sshKeys: valueOrNull("ssh_keys"),
    schedulerName: value("scheduler_name"),
    schedulerPrivateIp: value("scheduler_private_ip"),
    schedulerPublicIp: valueOrNull("scheduler_public_ip"),
  };
}
