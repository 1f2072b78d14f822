/** Ranges of IPv4 addresses, `192.0.2.0/24`. @module */

/** The widest range that is not taken for the whole internet: one of its 256 parts. */
const WIDEST_PREFIX = 8;

/** The range that an address of it was meant to name, or null when the text is none: 192.0.2.7/24 → 192.0.2.0/24. */
export function rangeMeant(text: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim());
  if (match === null) return null;
  const octets = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (octets.some((octet) => octet > 255) || prefix > 32) return null;
  const first = octets.map((octet, i) => octet & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * i))));
  return `${first.join(".")}/${prefix}`;
}

/** Whether a range is written with its first address, as the clouds want it. */
export function isFirstOfRange(range: string): boolean {
  return rangeMeant(range) === range;
}

/** Whether a range lets in so much of the internet that it may as well be all of it. */
export function isWorld(range: string): boolean {
  return range !== "auto" && Number(range.split("/")[1]) < WIDEST_PREFIX;
}
