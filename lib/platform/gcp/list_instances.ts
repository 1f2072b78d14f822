/**
 * How a worker is known on GCE: by its instance's name, its labels and an id that no other instance
 * ever has.
 * @module
 */

import type { GcpConfig } from "../../config/config.ts";
import type { Attempt, CloudState, Instance, Listing, Market } from "../../model/mod.ts";
import type { Compute, GceInstance } from "./compute.ts";

/** `northamerica-northeast1-b` → `northamerica-northeast1`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf("-"));
}

const CLUSTER = "xcore-cluster";
const ROLE = "xcore-role";
const REQUEST = "xcore-request";
const POOL = "xcore-pool";

/**
 * Where an instance is, and which launch made it: a name may be had again, the two together never.
 */
export interface InstanceKey {
  readonly zone: string;
  readonly name: string;
  readonly attemptId: string;
}

/**
 * `worker-3` of a cluster → its instance's name; names are a project's own, so the cluster's id is
 * in it.
 */
export function instanceName(clusterId: string, worker: string): string {
  return `${clusterId}-${worker}`;
}

/** The labels of an attempt's instances, over a person's own. */
export function labelsOf(
  clusterId: string,
  attempt: Attempt,
  tags: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...tags, [CLUSTER]: clusterId, [ROLE]: "worker", [REQUEST]: attempt.id, [POOL]: attempt.pool };
}

/** A filter for all instances of a cluster. */
export function clusterFilter(clusterId: string): string {
  return `labels.${CLUSTER}="${clusterId}"`;
}

/** A filter for all workers of a cluster. */
export function workersFilter(clusterId: string): string {
  return `${clusterFilter(clusterId)} AND labels.${ROLE}="worker"`;
}

/** A filter for what one attempt made. */
export function attemptFilter(clusterId: string, attemptId: string): string {
  return `${workersFilter(clusterId)} AND labels.${REQUEST}="${attemptId}"`;
}

/** The provider's id of an instance. */
export function idOf({ zone, name, attemptId }: InstanceKey): string {
  return `${zone}/${name}/${attemptId}`;
}

/** What an id of {@linkcode idOf} says; null for what is none. */
export function keyIn(id: string): InstanceKey | null {
  const [zone, name, attemptId, ...rest] = id.split("/");
  return zone && name && attemptId && rest.length === 0 ? { zone, name, attemptId } : null;
}

/** Whether an instance carries the label of this cluster. */
export function isOfCluster({ labels }: Pick<GceInstance, "labels">, clusterId: string): boolean {
  return labels[CLUSTER] === clusterId;
}

/** Whether an instance carries the labels of this cluster's workers. */
export function isWorkerOf({ labels }: Pick<GceInstance, "labels">, clusterId: string): boolean {
  return isOfCluster({ labels }, clusterId) && labels[ROLE] === "worker";
}

/**
 * https://cloud.google.com/compute/docs/instances/instance-lifecycle; a state not named here may
 * still come up.
 */
const STATES: Readonly<Record<string, CloudState>> = {
  PROVISIONING: "pending",
  STAGING: "pending",
  RUNNING: "running",
  REPAIRING: "running",
  STOPPING: "stopping",
  PENDING_STOP: "stopping",
  SUSPENDING: "stopping",
  DEPROVISIONING: "stopping",
  SUSPENDED: "stopped",
  TERMINATED: "stopped",
};

/**
 * An instance as the project knows it; null when its name, or its labels, are none of this cluster's
 * workers'.
 *
 * @param nowMs wall clock
 */
export function asInstance(found: GceInstance, clusterId: string, nowMs: number): Instance | null {
  const prefix = instanceName(clusterId, "");
  if (!found.name.startsWith(prefix) || !isWorkerOf(found, clusterId)) return null;
  const [card] = found.guestAccelerators;
  const place = placeOf(found);
  return {
    id: idOf(place),
    name: found.name.slice(prefix.length),
    attemptId: place.attemptId || null,
    pool: found.labels[POOL] ?? "default",
    type: lastPart(found.machineType),
    accelerator: card === undefined ? null : lastPart(card.acceleratorType),
    zone: place.zone,
    market: marketOf(found),
    state: STATES[found.status] ?? "pending",
    ageS: Math.max(0, (nowMs - Date.parse(found.creationTimestamp)) / 1000),
    address: addressOf(found),
  };
}

/** The region that a cluster is in; null: its configuration names none. */
export function clusterRegion(
  { regionName, zoneName }: Pick<GcpConfig, "regionName" | "zoneName">,
): string | null {
  return regionName ?? (zoneName === null ? null : regionOf(zoneName));
}

/**
 * Whether a scope that did not answer, `zones/us-central1-a`, may have resources of a cluster in
 * this region: its subnetwork is there, and instances are in its subnetwork. Null: any may.
 */
export function mayHold(scope: string, region: string | null): boolean {
  const [, kind, place = ""] = /(zones|regions)\/([a-z0-9-]+)$/.exec(scope) ?? [];
  if (region === null || kind === undefined) return true;
  return (kind === "zones" ? regionOf(place) : place) === region;
}

/**
 * The cluster's workers that are not gone.
 *
 * @param region the cluster's
 */
export async function listInstances(
  compute: Compute,
  clusterId: string,
  region: string | null,
  nowMs: () => number,
): Promise<Listing> {
  const { instances, unreachable } = await compute.instances(workersFilter(clusterId));
  const atMs = nowMs();
  const silent = unreachable.filter((scope) => mayHold(scope, region)).map(lastPart).sort();
  return {
    instances: instances.flatMap((found) => asInstance(found, clusterId, atMs) ?? []),
    complete: silent.length === 0,
    ...(silent.length > 0 && { silent }),
  };
}

/** The public address, or where there is none the private one. */
function addressOf({ networkInterfaces: [card] = [] }: GceInstance): string | null {
  return card?.accessConfigs?.[0]?.natIP || card?.networkIP || null;
}

/** Where an instance is and which attempt made it; that one is empty for what a person made. */
export function placeOf({ name, zone, labels }: Pick<GceInstance, "name" | "zone" | "labels">): InstanceKey {
  return { zone: lastPart(zone), name, attemptId: labels[REQUEST] ?? "" };
}

function marketOf({ scheduling: { provisioningModel, preemptible } }: GceInstance): Market {
  return provisioningModel === "SPOT" || preemptible === true ? "spot" : "on-demand";
}

/** `…/zones/us-central1-a` → `us-central1-a`. */
export function lastPart(link: string): string {
  return link.slice(link.lastIndexOf("/") + 1);
}
