/**
 * Where the scheduler's machine may be made, and as which type: a zone, a region or an account may
 * refuse it.
 * @module
 */

import { CapacityError, TypeRefusedError, type XcoreError } from "../errors.ts";

/** A machine type in a zone. */
export interface Placement {
  readonly type: string;
  readonly zone: string;
}

/** What takes a scheduler's type's place where that is refused, by the type. */
export type Successors = Readonly<Record<string, string>>;

/** The types to try for the scheduler, in order. */
export function typesFor(type: string, successors: Successors): string[] {
  const successor = successors[type];
  return successor === undefined ? [type] : [type, successor];
}

/**
 * All places with one of these types, the best first: the first type in each zone, then the next.
 *
 * @param offered the zones that have each type
 */
export function placesFor(
  types: readonly string[],
  zones: readonly string[],
  offered: ReadonlyMap<string, readonly string[]>,
): Placement[] {
  return types.flatMap((type) =>
    zones.filter((zone) => offered.get(type)?.includes(zone)).map((zone) => ({ type, zone }))
  );
}

/**
 * The place to begin with: where the scheduler that exists was made, else the best one.
 *
 * @param all at least one
 * @param before null: no scheduler exists
 * @param wanted the type that the config names
 * @returns also the line that says why the type is another one; null where there is nothing to say
 */
export function firstPlacement(
  all: readonly Placement[],
  before: Partial<Placement> | null,
  wanted: string,
): { readonly placement: Placement; readonly line: string | null } {
  const same = all.find(({ type, zone }) => before?.type === type && before.zone === zone);
  if (same !== undefined) return { placement: same, line: null };
  const placement = all[0]!;
  const isOther = placement.type !== wanted;
  return { placement, line: isOther ? `No ${wanted} is offered here: ${makingIt(placement, wanted)}` : null };
}

/** A refusal of Terraform's, with where the scheduler was to be. */
export interface Refusal {
  readonly placement: Partial<Placement>;
  readonly error: XcoreError;
}

/**
 * The first place that these refusals leave, with the line that says why; null when another place
 * would not help.
 *
 * @param refused newest last
 * @param hint what to do where none is left
 * @throws {CapacityError} no place is left
 */
export function nextPlacement(
  all: readonly Placement[],
  refused: readonly Refusal[],
  hint: string,
): { readonly placement: Placement; readonly line: string } | null {
  const { placement: last, error } = refused.at(-1)!;
  if (!(error instanceof CapacityError || error instanceof TypeRefusedError)) return null;
  const placement = all.find(({ type, zone }) =>
    !refused.some(({ placement, error }) =>
      placement.type === type && (error instanceof TypeRefusedError || placement.zone === zone)
    )
  );
  if (placement !== undefined) {
    const why = error instanceof TypeRefusedError
      ? `This account may have no ${last.type}`
      : `There is no ${last.type} in ${last.zone} now`;
    return { placement, line: `${why}: ${makingIt(placement, last.type)}` };
  }
  if (error instanceof TypeRefusedError) return null;
  throw new CapacityError(error.message, hint, error);
}

function makingIt({ type, zone }: Placement, before: string | undefined): string {
  const what = type === before ? "" : `${/^[aefhilmnorsx]/.test(type) ? "an" : "a"} ${type} `;
  return `making the scheduler ${what}in ${zone} instead.`;
}
