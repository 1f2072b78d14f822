/** Where the scheduler's machine may be made on AWS. @module */

import type { AwsConfig } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { type Placement, placesFor, typesFor } from "../placement.ts";
import { limits } from "./limits.ts";

/** What AWS says of zones. */
export interface ZoneFacts {
  /** The zones that have each type; opted-in Local Zones are among them. */
  readonly offered: ReadonlyMap<string, readonly string[]>;
  /** The region's own zones, sorted. */
  readonly regional: readonly string[];
  /** The zones of the subnets that the config names, in their order; null: it names none. */
  readonly subnets: readonly string[] | null;
}

/**
 * All places for the scheduler, the best first: a worker's zone, else any of the region's own; of
 * the zones of given subnets one that has the type. At least one.
 *
 * @throws {UsageError} no zone that may be used has the type
 */
export function placements(
  { schedulerType, zones }: Pick<AwsConfig, "schedulerType" | "zones">,
  { offered, regional, subnets }: ZoneFacts,
): Placement[] {
  const usable = subnets ?? [...new Set([...zones, ...regional])];
  // A worker's zone first, of those with a subnet too.
  const inOrder = [...usable].sort((a, b) => Number(zones.includes(b)) - Number(zones.includes(a)));
  const found = placesFor(typesFor(schedulerType, limits.successors), inOrder, offered);
  if (found.length > 0) return found;
  const where = offered.get(schedulerType) ?? [];
  if (subnets === null || where.length === 0) {
    throw new UsageError(
      `Cannot make the scheduler: this region offers no ${schedulerType}`,
      "Choose another with `xcore config set scheduler_type TYPE`.",
    );
  }
  throw new UsageError(
    `Cannot make the scheduler: no subnet in subnet_ids is in a zone with ${schedulerType}: they are in ` +
      `${subnets.join(", ")}, and it is offered in ${where.join(", ")}`,
    "Choose another type with `xcore config set scheduler_type TYPE`, or add a subnet to `subnet_ids`.",
  );
}
