/** Zones and the regions they are in. @module */

/** `northamerica-northeast1-b` → `northamerica-northeast1`. */
export function regionOf(zone: string): string {
  return zone.slice(0, zone.lastIndexOf("-"));
}
