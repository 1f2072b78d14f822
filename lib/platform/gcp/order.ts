/** A launch as instances.bulkInsert wants it. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Attempt } from "../../model/mod.ts";
import { instanceName, labelsOf } from "./instances.ts";
import type { GcpBase } from "./outputs.ts";

/** What a launch is made from. */
export interface Order {
  readonly attempt: Attempt;
  readonly zone: string;
  readonly config: GcpConfig;
  readonly base: GcpBase;
  readonly startupScript: string;
}

/**
 * The body of https://cloud.google.com/compute/docs/reference/rest/v1/instances/bulkInsert: as many of the names as can
 * be had, one at least; all of it in this one call, so that no instance is ever without its labels.
 */
export function bulkInsertBody(order: Order): unknown {
  const { attempt, config } = order;
  const names = attempt.names.map((worker) => instanceName(config.clusterId, worker));
  return {
    count: names.length,
    minCount: 1,
    perInstanceProperties: Object.fromEntries(names.map((name) => [name, { name }])),
    instanceProperties: instanceProperties(order),
  };
}

function instanceProperties({ attempt, config, base, startupScript }: Order): unknown {
  const { accelerator, acceleratorCount } = attempt;
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
      initializeParams: { sourceImage: base.image, diskSizeGb: String(config.diskGb) },
    }],
    metadata: {
      items: [
        { key: "startup-script", value: startupScript },
        { key: "block-project-ssh-keys", value: "TRUE" },
        { key: "serial-port-logging-enable", value: "FALSE" },
        ...(base.sshKeys === null ? [] : [{ key: "ssh-keys", value: base.sshKeys }]),
      ],
    },
    guestAccelerators: accelerator === null ? [] : [{ acceleratorType: accelerator, acceleratorCount }],
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

/**
 * A GPU or a spot machine cannot be moved while it runs, so it has to end for maintenance. Google's own end after
 * max_worker_lifetime_h holds though nobody is left to end it; only a machine that Google may end can have one.
 */
function scheduling({ market, accelerator }: Attempt, { maxWorkerLifetimeH }: GcpConfig): unknown {
  const spot = market === "spot";
  return {
    provisioningModel: spot ? "SPOT" : "STANDARD",
    automaticRestart: false,
    onHostMaintenance: spot || accelerator !== null ? "TERMINATE" : "MIGRATE",
    instanceTerminationAction: "DELETE",
    maxRunDuration: { seconds: String(Math.round(maxWorkerLifetimeH * 3600)) },
  };
}
