/** Versions of programs. Pure. @module */

/**
 * Whether a version comes before another one.
 *
 * @param version `1.11.4`; what stands behind a part's digits, as in `1.12.0-beta1`, counts for
 * nothing
 * @param than its parts, the first of them or all; only these are compared
 */
export function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map((part) => Number.parseInt(part));
  const first = than.findIndex((part, i) => (parts[i] ?? 0) !== part);
  return first >= 0 && (parts[first] ?? 0) < than[first]!;
}
