/** Launches workers: one bulkInsert an attempt, followed to its end. @module */

import type { GcpConfig } from "../../config/config.ts";
import { diskOf } from "../../config/pools_of.ts";
import { type Attempt, LAST_TASK_S, type LaunchOutcome } from "../../model/mod.ts";
import { type Compute, type GceInstance, type GceOperation, GoogleRefusal } from "./compute.ts";
import { operationFailure } from "./errors.ts";
import { asInstance, attemptFilter, instanceName, labelsOf, placeOf } from "./list_instances.ts";
import type { GcpOutputs } from "./base.ts";
import { attachesGpus, diskTypeOf } from "./limits.ts";

const DOING = "launch workers";

/**
 * Most of them take some seconds; a tick should not wait much longer, for the daemon's lease has to
 * be renewed.
 */
const DONE_WITHIN_MS = 15_000;

/**
 * Makes the call, or meets it again: the same attempt has the same requestId, which Google answers
 * with the operation of the first. What it made is then looked up by its label, since some of it
 * may have ended meanwhile.
 *
 * @throws {Error} the operation is not done yet: no answer, so the same attempt is made again
 */
export async function launch(
  compute: Compute,
  request: LaunchRequest,
  nowMs: number,
): Promise<LaunchOutcome> {
  const { attempt, zone, config: { clusterId } } = request;
  const operation = await accepted(compute, request);
  const failure = operation === null ? null : operationFailure(operation, DOING);
  const found = await made(compute, zone, clusterId, attempt);
  if (found.length === 0 && failure !== null) throw failure;
  const instances = found.flatMap((instance) => asInstance(instance, clusterId, nowMs) ?? []);
  return { instances };
}

/**
 * The operation at its end; null: the names are there already, so an earlier call has made them.
 */
async function accepted(compute: Compute, request: LaunchRequest): Promise<GceOperation | null> {
  const { zone, attempt } = request;
  let operation: GceOperation;
  try {
    operation = await compute.bulkInsert(zone, requestId(attempt.id), bulkInsertBody(request));
  } catch (error) {
    if (error instanceof GoogleRefusal && error.gives("alreadyExists")) return null;
    throw error;
  }
  if (!operation.done) operation = await compute.operation(zone, operation.name, DONE_WITHIN_MS);
  if (!operation.done) throw new Error(`Google is still at work on ${operation.name}`);
  return operation;
}

/**
 * What the attempt made and is still there. A list may be late by seconds, so what it lacks is
 * looked up by name.
 */
async function made(
  compute: Compute,
  zone: string,
  clusterId: string,
  { id, names }: Attempt,
): Promise<GceInstance[]> {
  const { instances } = await compute.instances(attemptFilter(clusterId, id));
  const listed = new Map(instances.map((instance) => [instance.name, instance]));
  const wanted = names.map((worker) => instanceName(clusterId, worker));
  const found = await Promise.all(
    wanted.map(async (name) => listed.get(name) ?? await compute.instance(zone, name)),
  );
  return found.filter((instance) => instance !== null && placeOf(instance).attemptId === id) as GceInstance[];
}

/**
 * An attempt's id as the UUID that Google takes for a token: version and variant are those of a
 * random one.
 */
function requestId(attemptId: string): string {
  const hex = attemptId.padEnd(30, "0").slice(0, 30);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${
    hex.slice(18, 30)
  }`;
}

/** What a launch is made from. */
export interface LaunchRequest {
  readonly attempt: Attempt;
  readonly zone: string;
  readonly config: GcpConfig;
  readonly base: GcpOutputs;
  readonly startupScript: string;
}

/**
 * The body of https://cloud.google.com/compute/docs/reference/rest/v1/instances/bulkInsert: as many
 * of the names as can be had, one at least; all of it in this one call, so that no instance is ever
 * without its labels.
 */
export function bulkInsertBody(request: LaunchRequest): unknown {
  const { attempt, config } = request;
  const names = attempt.names.map((worker) => instanceName(config.clusterId, worker));
  return {
    count: names.length,
    minCount: 1,
    // Its `name` is output only: the key is the name.
    perInstanceProperties: Object.fromEntries(names.map((name) => [name, {}])),
    instanceProperties: instanceProperties(request),
  };
}

function instanceProperties({ attempt, config, base, startupScript }: LaunchRequest): unknown {
  const { accelerator, acceleratorCount } = attempt;
  const disk = diskOf(config, attempt.pool);
  const scopes = config.scopes.map((scope) =>
    scope.startsWith("https:") ? scope : `https://www.googleapis.com/auth/${SCOPES[scope] ?? scope}`
  );
  return {
    machineType: attempt.type,
    labels: labelsOf(config.clusterId, attempt, config.tags),
    tags: { items: [config.clusterId] },
    networkInterfaces: [{
      subnetwork: base.subnetwork,
      accessConfigs: config.publicIp ? [{ type: "ONE_TO_ONE_NAT", name: "External NAT" }] : [],
    }],
    disks: [{
      boot: true,
      autoDelete: true,
      initializeParams: {
        sourceImage: base.image,
        diskSizeGb: String(disk.gb),
        diskType: diskTypeOf(attempt.type, disk.type),
      },
    }],
    metadata: {
      items: [
        { key: "startup-script", value: startupScript },
        { key: "block-project-ssh-keys", value: "TRUE" },
        { key: "serial-port-logging-enable", value: "FALSE" },
        // The project may have OS Login, which would leave the key out.
        ...(base.sshKeys === null
          ? []
          : [{ key: "ssh-keys", value: base.sshKeys }, { key: "enable-oslogin", value: "FALSE" }]),
      ],
    },
    // Other types that have some bring them along.
    guestAccelerators: accelerator === null || !attachesGpus(attempt.type)
      ? []
      : [{ acceleratorType: accelerator, acceleratorCount }],
    serviceAccounts: config.serviceAccount === null ? [] : [{ email: config.serviceAccount, scopes }],
    scheduling: scheduling(attempt, config),
    // NVIDIA's driver is a kernel module that the image's own keys did not sign.
    shieldedInstanceConfig: { enableSecureBoot: accelerator === null },
  };
}

/** Short names that gcloud has for scopes whose address is another word. */
const SCOPES: Readonly<Record<string, string>> = {
  "storage-ro": "devstorage.read_only",
  "storage-rw": "devstorage.read_write",
  "storage-full": "devstorage.full_control",
};

const MOST_RUN_S = 120 * 24 * 3600;

/** The longest that Google allows; python/node/gcp/reclaimed_in_s.py counts it down. */
const SPOT_NOTICE_S = "120";

/**
 * A GPU or a spot machine cannot be moved while it runs, so it has to end for maintenance. Google
 * deletes a worker an hour after max_worker_lifetime_h, when it powers itself off, so that no disk
 * of it stays; only a machine that Google may end can have that. 120 days are the most.
 * https://cloud.google.com/compute/docs/instances/limit-vm-runtime
 */
function scheduling({ market, accelerator }: Attempt, { maxWorkerLifetimeH }: GcpConfig): unknown {
  const spot = market === "spot";
  return {
    provisioningModel: spot ? "SPOT" : "STANDARD",
    // Without it the power button comes with the spot notice: no result would leave in time.
    ...(spot && { preemptionNoticeDuration: { seconds: SPOT_NOTICE_S } }),
    automaticRestart: false,
    onHostMaintenance: spot || accelerator !== null ? "TERMINATE" : "MIGRATE",
    instanceTerminationAction: "DELETE",
    maxRunDuration: {
      seconds: String(Math.min(MOST_RUN_S, Math.round(maxWorkerLifetimeH * 3600) + LAST_TASK_S)),
    },
  };
}
