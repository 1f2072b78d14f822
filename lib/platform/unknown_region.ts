/** Regions that a cloud is not known to have. @module */

import { nearest } from "../util/nearest.ts";

/** What was found, and what to type. */
export interface UnknownRegion {
  readonly message: string;
  readonly hint: string;
}

/**
 * What to say of a region that is not among those known when this program was made; null: it is. A
 * newer one is taken, so this refuses nothing: the cloud does, where there is none.
 *
 * @param known none: nothing is known of the cloud's regions
 */
export function unknownRegion(region: string, known: readonly string[]): UnknownRegion | null {
  if (known.length === 0 || known.includes(region)) return null;
  const near = nearest(region, known);
  const [part = ""] = region.split("-");
  const alike = known.filter((name) => name.startsWith(`${part}-`));
  const command = `\`xcore config set region_name ${near ?? "REGION"}\``;
  const hint = near !== null
    ? `Did you mean ${near}? Then: ${command}.`
    : `Change it with ${command}${alike.length === 0 ? "" : `; known are ${alike.join(", ")}`}.`;
  return { message: `${region} is not a region that this version of xcore knows`, hint };
}
