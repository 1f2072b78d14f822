/**
 * Where the scheduler's machine may be made, and as which type: a zone, or an account, may refuse
 * it.
 * @module
 */

import type { AwsConfig } from "../../config/config.ts";
import { CapacityError, QuotaError, UsageError, type XcoreError } from "../../errors.ts";

/** A machine type in a zone. */
export interface Placement {
  readonly type: string;
  readonly zone: string;
}

/**
 * The type that takes the scheduler's place where an account, a region or a zone refuses the
 * default: accounts on AWS's Free plan and newer regions have no T2.
 */
export const SUCCESSORS: Readonly<Record<string, string>> = { "t2.small": "t3.small" };

/** The types to try for the scheduler, in order. */
export function typesFor(type: string): string[] {
  const successor = SUCCESSORS[type];
  return successor === undefined ? [type] : [type, successor];
}

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
  const found = typesFor(schedulerType).flatMap((type) =>
    inOrder.filter((zone) => offered.get(type)?.includes(zone)).map((zone) => ({ type, zone }))
  );
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

/** A refusal of Terraform's, with what it was given. */
interface Refusal {
  readonly variables: { readonly scheduler_type: string; readonly scheduler_zone: string | null };
  readonly error: XcoreError;
}

/**
 * The first place that these refusals leave, with the line that says why; null when another place
 * would not help.
 *
 * @throws {CapacityError} no place is left
 */
export function nextPlacement(
  all: readonly Placement[],
  refused: readonly Refusal[],
): { readonly placement: Placement; readonly line: string } | null {
  const last = refused.at(-1)!;
  if (!(last.error instanceof CapacityError || last.error instanceof QuotaError)) return null;
  const placement = all.find(({ type, zone }) =>
    !refused.some(({ variables, error }) =>
      variables.scheduler_type === type &&
      (error instanceof QuotaError || variables.scheduler_zone === zone)
    )
  );
  const { scheduler_type: type, scheduler_zone: zone } = last.variables;
  if (placement !== undefined) {
    const where = placement.type === type ? "" : `a ${placement.type} `;
    const why = last.error instanceof QuotaError
      ? `This account may have no ${type}`
      : `There is no ${type} in ${zone} now`;
    return { placement, line: `${why}: making the scheduler ${where}in ${placement.zone} instead.` };
  }
  if (last.error instanceof QuotaError) return null;
  throw new CapacityError(
    last.error.message,
    "Every zone was tried: try again later, or another type with `xcore config set scheduler_type TYPE`.",
    last.error,
  );
}
