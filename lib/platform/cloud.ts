/**
 * What a base asks of any cloud beside what Terraform does, and how it removes resources.
 * @module
 */

import { XcoreError } from "../errors.ts";
import type { Clock } from "../runtime.ts";
import { pollUntil } from "../util/poll_until.ts";
import type { CloudImage, InstanceLife, Progress } from "./base.ts";
import type { LogPart } from "./provider.ts";
import type { StateResource } from "./terraform/terraform.ts";

/** Something in the account that carries a cluster's id. */
export interface CloudResource {
  /** `vpc`, `network`: what it is, in the cloud's words. */
  readonly kind: string;
  /** As Terraform has it in its state. */
  readonly id: string;
}

/** A cloud as a base sees it. Its instances are named by {@linkcode CloudResource.id}, too. */
export interface Cloud {
  /**
   * Kinds of resources, in the order in which they can be removed: each only when what is before it
   * is gone.
   */
  readonly resourceKinds: readonly string[];
  /** Environment variables that give a program the credentials that were found here. */
  credentials(): Promise<Readonly<Record<string, string>>>;
  /** Milliseconds that the cloud's clock is ahead of this machine's, to a few seconds. */
  clockAheadMs(): Promise<number>;
  /** Where an instance is in its life; one that the cloud does not know is gone. */
  lifeOf(instanceId: string): Promise<InstanceLife>;
  /** When an instance was launched; milliseconds since 1970. Null: the cloud does not know it. */
  launchedAtMs(instanceId: string): Promise<number | null>;
  /**
   * What an instance has printed on its console, or what came `after` a part; null when the cloud
   * does not know it.
   */
  console(instanceId: string, after?: string): Promise<LogPart | null>;
  /** All resources with the cluster's id, except its workers and what vanishes with an instance. */
  resources(): Promise<readonly CloudResource[]>;
  /** Has a resource removed; one that is gone already is success. */
  remove(resource: CloudResource): Promise<void>;
  /** The account, or project, that what is made here belongs to. */
  owner(): Promise<string>;
  /**
   * The machine images that carry the cluster's id, the newest first. They are not among the
   * resources: they stay on purpose.
   */
  images(): Promise<readonly CloudImage[]>;
  /** Removes a machine image with all that is kept for it; one that is gone already is success. */
  removeImage(image: CloudImage): Promise<void>;
}

/** An instance takes a minute or two to end, and what it was in can be removed only then. */
const GONE_WITHIN_MS = 5 * 60_000;
const POLL_EVERY_MS = 2000;

/** Those that are none of Terraform's resources. */
export function unknownTo(
  known: readonly StateResource[],
  resources: readonly CloudResource[],
): CloudResource[] {
  // Terraform knows a resource by its id, a key pair by its name, which is its id there.
  const ids = new Set(known.map(({ values }) => values.id));
  return resources.filter(({ id }) => !ids.has(id));
}

/** `vpc vpc-0a1b` */
export function describeResource({ kind, id }: CloudResource): string {
  return `${kind} ${id}`;
}

/**
 * Removes what is given, in an order in which it can be, and waits until it is gone.
 *
 * @throws {XcoreError} something does not go
 */
export async function deleteResources(
  cloud: Cloud,
  clock: Clock,
  resources: readonly CloudResource[],
  progress: Progress,
): Promise<void> {
  const inOrder = resources.toSorted((a, b) =>
    cloud.resourceKinds.indexOf(a.kind) - cloud.resourceKinds.indexOf(b.kind)
  );
  for (const [done, resource] of inOrder.entries()) {
    progress(`Removing ${describeResource(resource)}`, { done, total: inOrder.length });
    await retryUntilPossible(clock, () => cloud.remove(resource));
    if (resource.kind === "instance") await retryUntilPossible(clock, () => mustBeGone(cloud, resource));
  }
}

async function mustBeGone(cloud: Cloud, { id }: CloudResource): Promise<void> {
  if (await cloud.lifeOf(id) === "gone") return;
  throw new XcoreError(
    `Cannot remove instance ${id}: it is still stopping`,
    "Run the command again in a minute.",
  );
}

/**
 * A cloud refuses to remove what something else, or something that has just been removed, is in.
 */
async function retryUntilPossible(clock: Clock, work: () => Promise<void>): Promise<void> {
  let refusal: XcoreError | null = null;
  const done = await pollUntil(clock, { everyMs: POLL_EVERY_MS, withinMs: GONE_WITHIN_MS }, async () => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof XcoreError) || error.constructor !== XcoreError) throw error;
      refusal = error;
      return null;
    }
  });
  if (done === null) throw refusal;
}
