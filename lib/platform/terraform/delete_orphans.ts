/** What carries the cluster's id in the cloud and no state of Terraform knows. @module */

import { XcoreError } from "../../errors.ts";
import type { Clock } from "../../runtime.ts";
import type { Progress } from "../base.ts";
import type { Cloud, Remnant } from "../cloud.ts";
import type { StateResource } from "./terraform.ts";

/** An instance takes a minute or two to end, and what it was in can be removed only then. */
const GONE_WITHIN_MS = 5 * 60_000;
const LOOK_EVERY_MS = 2000;

/** Those that are none of Terraform's resources. */
export function unknownTo(resources: readonly StateResource[], remnants: readonly Remnant[]): Remnant[] {
  // Terraform knows a thing by its id, a key pair by its name, which is its id there.
  const known = new Set(resources.map(({ values }) => values.id));
  return remnants.filter(({ id }) => !known.has(id));
}

/** `vpc vpc-0a1b` */
export function wordsOf({ thing, id }: Remnant): string {
  return `${thing} ${id}`;
}

/**
 * Removes what is given, in an order in which it can be, and waits until it is gone.
 *
 * @throws {XcoreError} something does not go
 */
export async function removeAll(
  cloud: Cloud,
  clock: Clock,
  remnants: readonly Remnant[],
  progress: Progress,
): Promise<void> {
  const inOrder = remnants.toSorted((a, b) => cloud.things.indexOf(a.thing) - cloud.things.indexOf(b.thing));
  for (const [done, remnant] of inOrder.entries()) {
    progress(`Removing ${wordsOf(remnant)}`, { done, total: inOrder.length });
    await patiently(clock, () => cloud.remove(remnant));
    if (remnant.thing === "instance") await patiently(clock, () => mustBeGone(cloud, remnant));
  }
}

async function mustBeGone(cloud: Cloud, { id }: Remnant): Promise<void> {
  if (await cloud.lifeOf(id) === "gone") return;
  throw new XcoreError(
    `Cannot remove instance ${id}: it is still ending`,
    "Run the command again in a minute.",
  );
}

/** A cloud refuses to remove what something else, or something that has just been removed, is in. */
async function patiently(clock: Clock, work: () => Promise<void>): Promise<void> {
  const giveUpMs = clock.monotonicMs() + GONE_WITHIN_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof XcoreError) || error.constructor !== XcoreError) throw error;
      if (clock.monotonicMs() > giveUpMs) throw error;
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}
