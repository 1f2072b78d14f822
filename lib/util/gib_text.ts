/** Amounts of memory as people read them. @module */

/** Bytes in GiB, without the unit: `0.3`. */
export function gibText(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
