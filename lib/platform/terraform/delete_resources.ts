/** Resources with the cluster's id that no state of Terraform knows. @module */

import { XcoreError } from "../../errors.ts";
import type { Clock } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import type { Cloud, CloudResource } from "../cloud.ts";
import type { StateResource } from "./terraform.ts";

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
  const giveUpMs = clock.monotonicMs() + GONE_WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof XcoreError) || error.constructor !== XcoreError) throw error;
      if (clock.monotonicMs() > giveUpMs) throw error;
    }
    await clock.sleep(POLL_EVERY_MS);
  }
}
